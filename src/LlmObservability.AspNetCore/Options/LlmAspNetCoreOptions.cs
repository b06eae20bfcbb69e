namespace LlmObservability;

/// <summary>
/// Options of LlmObservability in ASP.NET Core. Bound from the configuration section <see cref="SectionName"/> where there is
/// one, then from code; validated when the host starts, from where on they count.
/// </summary>
public sealed class LlmAspNetCoreOptions
{
    /// <summary>Name of the configuration section.</summary>
    public const string SectionName = "LlmObservability:AspNetCore";

    /// <summary>What HTTP requests tell their LLM calls, and their responses the caller.</summary>
    public LlmRequestOptions Requests { get; set; } = new();

    /// <summary>The metrics for Prometheus.</summary>
    public LlmMetricsOptions Metrics { get; set; } = new();
}
