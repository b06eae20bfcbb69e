namespace LlmObservability.Queries;

/// <summary>Asks for measures over calls.</summary>
public sealed record LlmAggregateRequest
{
    /// <summary>The most fields to group by.</summary>
    public const int MaxGroupBy = 3;

    /// <summary>The most groups.</summary>
    public const int MaxTop = 1000;

    /// <summary>The most time buckets between <see cref="LlmFilter.From"/> and <see cref="LlmFilter.To"/>.</summary>
    public const int MaxBuckets = 10_000;

    /// <summary>Which calls. With a <see cref="Bucket"/> or <see cref="ComparePrevious"/>, both its From and To must be given.</summary>
    public LlmFilter Filter { get; init; } = LlmFilter.None;

    /// <summary>Up to three text or boolean fields or own tags; none gives one row over everything.</summary>
    public IReadOnlyList<LlmField> GroupBy { get; init; } = [];

    /// <summary>Time buckets, aligned to UTC. Buckets without calls give no row.</summary>
    public LlmBucket Bucket { get; init; } = LlmBucket.None;

    /// <summary>How many groups to name, the largest by <see cref="TopBy"/> over the whole range; 1 to <see cref="MaxTop"/>, default 100.</summary>
    public int Top { get; init; } = 100;

    /// <summary>What makes a group large. Default: calls. Ties go by key (ordinal, missing last).</summary>
    public LlmTopBy TopBy { get; init; } = LlmTopBy.Calls;

    /// <summary>Which measures to give. Default: all.</summary>
    public LlmMeasureSet Measures { get; init; }

    /// <summary>Whether to compute percentiles. Without them, <see cref="LlmDistribution.P50"/> and its like are null. Not with <see cref="LlmMeasureSet.Spend"/>.</summary>
    public bool Percentiles { get; init; }

    /// <summary>Whether to give histograms. Without them, <see cref="LlmDistribution.Histogram"/> is null. Not with <see cref="LlmMeasureSet.Spend"/>.</summary>
    public bool Histograms { get; init; }

    /// <summary>Whether to give the same measures for the period of equal length just before. Not together with a <see cref="Bucket"/>.</summary>
    public bool ComparePrevious { get; init; }
}

/// <summary>Width of a time bucket.</summary>
public enum LlmBucket
{
    /// <summary>No buckets.</summary>
    None,

    /// <summary>A minute.</summary>
    Minute,

    /// <summary>An hour.</summary>
    Hour,

    /// <summary>A UTC day.</summary>
    Day,
}

/// <summary>By what the largest groups are chosen.</summary>
public enum LlmTopBy
{
    /// <summary>Number of calls.</summary>
    Calls,

    /// <summary>Total cost.</summary>
    Cost,

    /// <summary>Input plus output tokens.</summary>
    Tokens,

    /// <summary>Failed calls.</summary>
    Failed,

    /// <summary>Total duration.</summary>
    Duration,
}
