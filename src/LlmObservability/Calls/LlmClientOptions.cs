namespace LlmObservability;

/// <summary>What the application says of one client that it wraps.</summary>
public sealed class LlmClientOptions
{
    /// <summary>
    /// Whether nothing inside the client calls a provider but clients that are wrapped as well: a cache, a router or a
    /// failover client around wrapped ones. A completed call that called none of them is then known to come from a cache, and
    /// costs 0. Default false: then such a call's cost is unknown, with the reason <c>maybe_cached</c>.
    /// </summary>
    public bool OnlyWrappedInside { get; set; }
}
