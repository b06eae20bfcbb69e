namespace LlmObservability.Queries;

/// <summary>How a store stands. What it does not know, or has not, is null.</summary>
public sealed record LlmStoreStatus
{
    /// <summary>What kind of store it is: <c>memory</c>, <c>files</c>, <c>postgres</c>, or an own store's word.</summary>
    public required string Store { get; init; }

    /// <summary>Version of its schema, or of the form of its files.</summary>
    public int? SchemaVersion { get; init; }

    /// <summary>Bytes of all that it keeps, indexes among them.</summary>
    public long? SizeBytes { get; init; }

    /// <summary>What it keeps, one after the other.</summary>
    public IReadOnlyList<LlmStoreTable> Tables { get; init; } = [];

    /// <summary>For how long the oldest call waits to be summed up; zero when none waits. Reads count what waits too.</summary>
    public TimeSpan? RollupLag { get; init; }

    /// <summary>Sums that wait to be folded; counted up to 100,000.</summary>
    public long? WaitingDeltas { get; init; }

    /// <summary>When the oldest call that is kept began. UTC.</summary>
    public DateTimeOffset? OldestCallAt { get; init; }

    /// <summary>When the newest call that is kept began. UTC.</summary>
    public DateTimeOffset? NewestCallAt { get; init; }
}
