namespace LlmObservability;

/// <summary>What most calls have none of, kept apart so that they do not carry it. Immutable.</summary>
internal sealed record ServiceTerms
{
    public static readonly ServiceTerms None = new();

    public string? ServiceTier { get; init; }

    public string? Geo { get; init; }

    public string? Speed { get; init; }

    public int WebSearchCount { get; init; }

    /// <summary>What to keep of it: null where it says nothing, so that equal calls are equal.</summary>
    public static ServiceTerms? Keep(ServiceTerms terms) => terms == None ? null : terms;
}
