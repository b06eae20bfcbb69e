namespace LlmObservability.Queries;

/// <summary>Measures over a set of calls. Counts and sums are exact.</summary>
public sealed record LlmMeasures
{
    /// <summary>All calls.</summary>
    public long Calls { get; init; }

    /// <summary>Calls by outcome: completed.</summary>
    public long Completed { get; init; }

    /// <summary>Calls by outcome: failed.</summary>
    public long Failed { get; init; }

    /// <summary>Calls by outcome: cancelled.</summary>
    public long Cancelled { get; init; }

    /// <summary>Calls by outcome: abandoned.</summary>
    public long Abandoned { get; init; }

    /// <summary>Streamed calls.</summary>
    public long Streaming { get; init; }

    /// <summary>Calls answered from the application's cache.</summary>
    public long Cached { get; init; }

    /// <summary>Calls whose usage was reported.</summary>
    public long UsageReported { get; init; }

    /// <summary>Calls whose usage was estimated.</summary>
    public long UsageEstimated { get; init; }

    /// <summary>Calls without usage.</summary>
    public long UsageMissing { get; init; }

    /// <summary>Calls whose cost is known.</summary>
    public long Priced { get; init; }

    /// <summary>Attempts.</summary>
    public long Attempts { get; init; }

    /// <summary>Tool calls.</summary>
    public long ToolCalls { get; init; }

    /// <summary>Calls whose answer was asked for as JSON and checked.</summary>
    public long SchemaChecked { get; init; }

    /// <summary>Of those, calls whose answer did not parse or did not match its schema.</summary>
    public long SchemaFailures { get; init; }

    /// <summary>Input tokens, inclusive.</summary>
    public long InputTokens { get; init; }

    /// <summary>Output tokens, inclusive.</summary>
    public long OutputTokens { get; init; }

    /// <summary>Uncached input tokens.</summary>
    public long UncachedInputTokens { get; init; }

    /// <summary>Cache-read tokens.</summary>
    public long CacheReadTokens { get; init; }

    /// <summary>Cache-write tokens, 5 minutes.</summary>
    public long CacheWrite5mTokens { get; init; }

    /// <summary>Cache-write tokens, 1 hour.</summary>
    public long CacheWrite1hTokens { get; init; }

    /// <summary>Visible output tokens.</summary>
    public long VisibleOutputTokens { get; init; }

    /// <summary>Reasoning tokens.</summary>
    public long ReasoningTokens { get; init; }

    /// <summary>Cost by part; the sum of the calls whose cost is known.</summary>
    public LlmCost Cost { get; init; }

    /// <summary>Duration, in microseconds.</summary>
    public LlmDistribution Duration { get; init; }

    /// <summary>Time to first token, in microseconds, of the calls that have one.</summary>
    public LlmDistribution TimeToFirstToken { get; init; }

    /// <summary>Output tokens per call, of the calls with usage.</summary>
    public LlmDistribution OutputLength { get; init; }

    /// <summary>Output tokens per second, of the calls that have it.</summary>
    public LlmDistribution OutputTokensPerSecond { get; init; }

    /// <summary>How long requests waited before the call, in microseconds, of the calls whose application says so.</summary>
    public LlmDistribution QueueWait { get; init; }

    /// <summary>Share of calls whose cost is known, 0 to 1; null without calls. A missing cost is never interpolated.</summary>
    public double? CostCoverage => Calls == 0 ? null : (double)Priced / Calls;
}

/// <summary>
/// A distribution. <see cref="Count"/>, <see cref="Min"/> and <see cref="Max"/> are exact; the percentiles (nearest rank)
/// are within 2% and null when not asked for or without values. A store that keeps sums may count a value within 2% of a bound in the
/// bin on its other side.
/// </summary>
public readonly record struct LlmDistribution
{
    /// <summary>How many values.</summary>
    public long Count { get; init; }

    /// <summary>Their sum.</summary>
    public double Sum { get; init; }

    /// <summary>The smallest; null without values.</summary>
    public double? Min { get; init; }

    /// <summary>The greatest; null without values.</summary>
    public double? Max { get; init; }

    /// <summary>Median.</summary>
    public double? P50 { get; init; }

    /// <summary>95th percentile.</summary>
    public double? P95 { get; init; }

    /// <summary>99th percentile.</summary>
    public double? P99 { get; init; }

    /// <summary>
    /// How the values are spread over the bins of <see cref="LlmHistogram"/>: those bins that have any, ascending, together
    /// <see cref="Count"/> values. Null when not asked for or without values.
    /// </summary>
    public IReadOnlyList<LlmHistogramBin>? Histogram { get; init; }

    /// <summary>Mean; null without values.</summary>
    public double? Mean => Count == 0 ? null : Sum / Count;
}
