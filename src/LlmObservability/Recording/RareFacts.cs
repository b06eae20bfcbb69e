namespace LlmObservability;

/// <summary>What most calls have none of, kept apart so that they do not carry it. Immutable.</summary>
internal sealed record RareFacts
{
    public static readonly RareFacts None = new();

    public LargeUsage? Usage { get; init; }

    public LlmHttpDetail? Http { get; init; }

    /// <summary>An attempt's span, without its trace: that is the call's. A call keeps its own elsewhere.</summary>
    public SpanIds? Span { get; init; }

    public string? ErrorType { get; init; }

    public int? HttpStatus { get; init; }

    public string? ServiceTier { get; init; }

    public string? Geo { get; init; }

    public string? Speed { get; init; }

    public int WebSearchCount { get; init; }

    public int? InputCount { get; init; }

    public int? Dimensions { get; init; }

    public double? Similarity { get; init; }

    public bool? SchemaValidated { get; init; }

    public string? SchemaErrors { get; init; }

    /// <summary>What to keep of it: null where it says nothing, so that equal calls are equal.</summary>
    public static RareFacts? Keep(RareFacts facts) => facts == None ? null : facts;

    /// <summary>What to keep with that usage beside it.</summary>
    public static RareFacts? Keep(LargeUsage? usage, RareFacts? facts) =>
        usage is null && facts?.Usage is null ? facts : Keep((facts ?? None) with { Usage = usage });
}
