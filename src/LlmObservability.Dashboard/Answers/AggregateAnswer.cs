using LlmObservability.Queries;

namespace LlmObservability.Dashboard.Answers;

/// <summary>Measures by group and time.</summary>
internal sealed record AggregateAnswer
{
    public AggregateAnswer(LlmAggregate aggregate, LlmMeasureSet set, bool histograms)
    {
        Rows = [.. aggregate.Rows.Select(row => new AggregateRowAnswer(row, set, histograms))];
        Total = new MeasuresAnswer(aggregate.Total, set, histograms);
        Previous = aggregate.Previous is { } previous ? new MeasuresAnswer(previous, set, histograms) : null;
        CappedFrom = aggregate.CappedFrom;
    }

    public IReadOnlyList<AggregateRowAnswer> Rows { get; }

    public MeasuresAnswer Total { get; }

    public MeasuresAnswer? Previous { get; }

    public DateTimeOffset? CappedFrom { get; }
}
