using LlmObservability.Queries;

namespace LlmObservability.Dashboard.Answers;

/// <summary>A group, or all others together.</summary>
internal sealed record AggregateRowAnswer
{
    public AggregateRowAnswer(LlmAggregateRow row, LlmMeasureSet set, bool histograms)
    {
        Bucket = row.Bucket;
        Keys = [.. row.Keys];
        IsOther = row.IsOther;
        Measures = new MeasuresAnswer(row.Measures, set, histograms);
        Previous = row.Previous is { } previous ? new MeasuresAnswer(previous, set, histograms) : null;
    }

    public DateTimeOffset? Bucket { get; }

    /// <summary>An array, whose members may be null: a missing value is a group too.</summary>
    public string?[] Keys { get; }

    public bool IsOther { get; }

    public MeasuresAnswer Measures { get; }

    public MeasuresAnswer? Previous { get; }
}
