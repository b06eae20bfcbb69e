namespace LlmObservability.Dashboard.Answers;

/// <summary>What the bounds of tags cut.</summary>
internal sealed record TagCutsAnswer
{
    public TagCutsAnswer(LlmTagStatistics tags)
    {
        DroppedByCount = tags.DroppedByCount;
        CutKeys = tags.CutKeys;
        CutValues = tags.CutValues;
        Invalid = tags.Invalid;
        UsersWithoutKey = tags.UsersWithoutKey;
    }

    public long DroppedByCount { get; }

    public long CutKeys { get; }

    public long CutValues { get; }

    public long Invalid { get; }

    public long UsersWithoutKey { get; }
}
