using LlmObservability.Pricing;
using LlmObservability.Queries;

namespace LlmObservability.Dashboard.Answers;

/// <summary>A call with all that belongs to it.</summary>
internal sealed record CallDetailAnswer
{
    /// <summary>The most members of each list.</summary>
    public const int MaxMembers = 1_000;

    /// <param name="detail">What the store holds.</param>
    /// <param name="explain">The cost of a call and some of its attempts, line by line.</param>
    /// <param name="most">The most members of all lists together, 0 or more.</param>
    public CallDetailAnswer(LlmCallDetail detail, Func<LlmCall, IReadOnlyList<LlmAttempt>, IReadOnlyList<CostExplanation>> explain, int most)
    {
        var left = most;
        int Take(int count)
        {
            var taken = Math.Min(Math.Min(count, MaxMembers), left);
            left -= taken;
            return taken;
        }

        Call = new CallAnswer(detail.Call);
        LlmAttempt[] attempts = [.. detail.Attempts.Take(Take(detail.Attempts.Count))];
        Attempts = [.. attempts.Select(attempt => new AttemptAnswer(attempt))];
        ToolCalls = [.. detail.ToolCalls.Take(Take(detail.ToolCalls.Count)).Select(toolCall => new ToolCallAnswer(toolCall))];
        // The newest say what holds now.
        Amendments = [.. detail.Amendments.TakeLast(Take(detail.Amendments.Count)).Select(amendment => new AmendmentAnswer(amendment))];
        // A call is only explained as a whole where it has no attempts, and not where they were cut.
        CostExplanations = attempts.Length == 0 && detail.Attempts.Count > 0 ? [] :
        [
            .. explain(detail.Call, attempts).Select((explanation, index) =>
                new CostExplanationAnswer(explanation, attempts.Length == 0 ? null : attempts[index].Ordinal)),
        ];
        Members = most - left;
        IsCut = Members < detail.Attempts.Count + detail.ToolCalls.Count + detail.Amendments.Count;
    }

    /// <summary>How many members its lists have together, explanations not counted: there are no more of them than of attempts, or one.</summary>
    internal int Members { get; }

    public CallAnswer Call { get; }

    public IReadOnlyList<AttemptAnswer> Attempts { get; }

    public IReadOnlyList<ToolCallAnswer> ToolCalls { get; }

    public IReadOnlyList<AmendmentAnswer> Amendments { get; }

    public IReadOnlyList<CostExplanationAnswer> CostExplanations { get; }

    public bool IsCut { get; }
}
