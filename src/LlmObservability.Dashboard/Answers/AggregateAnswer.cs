using LlmObservability.Queries;

namespace LlmObservability.Dashboard.Answers;

/// <summary>Measures by group and time.</summary>
internal sealed record AggregateAnswer
{
    public AggregateAnswer(LlmAggregate aggregate, LlmMeasureSet set)
    {
        Rows = [.. aggregate.Rows.Select(row => new AggregateRowAnswer(row, set))];
        Total = new MeasuresAnswer(aggregate.Total, set);
        Previous = aggregate.Previous is { } previous ? new MeasuresAnswer(previous, set) : null;
        CappedFrom = aggregate.CappedFrom;
    }

    public IReadOnlyList<AggregateRowAnswer> Rows { get; }

    public MeasuresAnswer Total { get; }

    public MeasuresAnswer? Previous { get; }

    public DateTimeOffset? CappedFrom { get; }
}
