using LlmObservability.Queries;

namespace LlmObservability.Dashboard.Answers;

/// <summary>How the store stands.</summary>
internal sealed record StoreAnswer
{
    public StoreAnswer(LlmStoreStatus status)
    {
        Store = status.Store;
        SchemaVersion = status.SchemaVersion;
        SizeBytes = status.SizeBytes;
        Tables = [.. status.Tables.Select(table => new StoreTableAnswer(table))];
        RollupLagUs = status.RollupLag?.Ticks / TimeSpan.TicksPerMicrosecond;
        WaitingDeltas = status.WaitingDeltas;
        OldestCallAt = status.OldestCallAt;
        NewestCallAt = status.NewestCallAt;
    }

    public string Store { get; }

    public int? SchemaVersion { get; }

    public long? SizeBytes { get; }

    public IReadOnlyList<StoreTableAnswer> Tables { get; }

    public long? RollupLagUs { get; }

    public long? WaitingDeltas { get; }

    public DateTimeOffset? OldestCallAt { get; }

    public DateTimeOffset? NewestCallAt { get; }
}
