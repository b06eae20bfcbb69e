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

    /// <summary>
    /// How long ago the oldest call began whose sums wait to be folded, to the minute; zero when none waits. Not how long it waits: calls that
    /// are written late are old when they come. Reads count what waits too.
    /// </summary>
    /// <remarks>PostgreSQL looks at no more than 100,000 rows of each of its two tables, and takes sums by user and by own tag, which are by the hour, from its end.</remarks>
    public TimeSpan? RollupLag { get; init; }

    /// <summary>Sums that wait to be folded; counted up to 100,000 of each kind (of all calls; by user and own tag).</summary>
    public long? WaitingDeltas { get; init; }

    /// <summary>When the oldest call that is kept began. UTC.</summary>
    public DateTimeOffset? OldestCallAt { get; init; }

    /// <summary>When the newest call that is kept began. UTC.</summary>
    public DateTimeOffset? NewestCallAt { get; init; }
}
