using LlmObservability.Queries;

namespace LlmObservability.Dashboard.Answers;

/// <summary>A page of calls.</summary>
internal sealed record CallPageAnswer
{
    public CallPageAnswer(LlmPage page)
    {
        Calls = [.. page.Calls.Select(call => new CallAnswer(call))];
        Next = page.Next;
        CappedFrom = page.CappedFrom;
    }

    public IReadOnlyList<CallAnswer> Calls { get; }

    public string? Next { get; }

    public DateTimeOffset? CappedFrom { get; }
}
