namespace LlmObservability.Queries;

/// <summary>A part of what a store keeps: a table with its partitions, or a log with its segments.</summary>
public sealed record LlmStoreTable
{
    /// <summary>Its name.</summary>
    public required string Name { get; init; }

    /// <summary>How many partitions or segments it has; null where it is in one piece.</summary>
    public int? Partitions { get; init; }

    /// <summary>Its bytes, with indexes.</summary>
    public long? SizeBytes { get; init; }

    /// <summary>Its rows; an estimate where the store keeps no count.</summary>
    public long? Rows { get; init; }

    /// <summary>From when on it has partitions, or since when it is kept. UTC.</summary>
    public DateTimeOffset? From { get; init; }

    /// <summary>Until when it has partitions. UTC.</summary>
    public DateTimeOffset? To { get; init; }
}
