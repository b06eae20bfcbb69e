namespace LlmObservability.Queries;

/// <summary>Options of an <see cref="InMemoryLlmStore"/>; read once, by its constructor.</summary>
public sealed class InMemoryLlmStoreOptions
{
    internal const int MostCalls = 10_000_000;

    /// <summary>The most calls kept; the oldest by arrival make room. Default 100,000; 1 to 10,000,000. A call takes about 1 to 2 KiB.</summary>
    public int MaxCalls { get; set; } = 100_000;
}
