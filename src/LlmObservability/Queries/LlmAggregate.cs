namespace LlmObservability.Queries;

/// <summary>The answer to an <see cref="LlmAggregateRequest"/>.</summary>
/// <param name="Rows">
/// Without buckets: the groups, largest first, then one row of all others if there are any. With buckets: by time, and
/// within a bucket in the same order of groups.
/// </param>
/// <param name="Total">Everything the filter matches.</param>
/// <param name="Previous">The same over the previous period, if it was asked for.</param>
public sealed record LlmAggregate(IReadOnlyList<LlmAggregateRow> Rows, LlmMeasures Total, LlmMeasures? Previous)
{
    /// <summary>
    /// Since when calls were counted, if the store bounds what it reads and From is further back, or open: the answer is that
    /// of the newest part. The previous period is then the equally long one before this. Null when the whole window was counted.
    /// </summary>
    public DateTimeOffset? CappedFrom { get; init; }
}

/// <summary>One group.</summary>
public sealed record LlmAggregateRow
{
    /// <summary>Start of the time bucket (UTC), or null without buckets.</summary>
    public DateTimeOffset? Bucket { get; init; }

    /// <summary>The group's values in text form, in the order of <see cref="LlmAggregateRequest.GroupBy"/>; null is a missing value. Empty for <see cref="IsOther"/>.</summary>
    public IReadOnlyList<string?> Keys { get; init; } = [];

    /// <summary>Whether this row stands for all groups beyond <see cref="LlmAggregateRequest.Top"/>.</summary>
    public bool IsOther { get; init; }

    /// <summary>The group's measures.</summary>
    public required LlmMeasures Measures { get; init; }

    /// <summary>The same group's measures in the previous period, if that was asked for (zeros when it had no call); null for <see cref="IsOther"/>.</summary>
    public LlmMeasures? Previous { get; init; }
}
