using LlmObservability.Queries;

namespace LlmObservability.Dashboard.Answers;

/// <summary>A part of what a store keeps.</summary>
internal sealed record StoreTableAnswer
{
    public StoreTableAnswer(LlmStoreTable table)
    {
        Name = table.Name;
        Partitions = table.Partitions;
        SizeBytes = table.SizeBytes;
        Rows = table.Rows;
        From = table.From;
        To = table.To;
    }

    public string Name { get; }

    public int? Partitions { get; }

    public long? SizeBytes { get; }

    public long? Rows { get; }

    public DateTimeOffset? From { get; }

    public DateTimeOffset? To { get; }
}
