using LlmObservability.Queries;

namespace LlmObservability.Dashboard.Answers;

/// <summary>The distinct values of a field.</summary>
internal sealed record ValuesAnswer
{
    public ValuesAnswer(LlmDistinct distinct)
    {
        Values = [.. distinct.Values.Select(value => new ValueAnswer(value.Value, value.Calls))];
        HasMore = distinct.HasMore;
        CappedFrom = distinct.CappedFrom;
    }

    public IReadOnlyList<ValueAnswer> Values { get; }

    public bool HasMore { get; }

    public DateTimeOffset? CappedFrom { get; }
}
