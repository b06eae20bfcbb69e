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
    public CallDetailAnswer(LlmCallDetail detail, Func<LlmCall, IReadOnlyList<LlmAttempt>, IReadOnlyList<CostExplanation>> explain)
    {
        LlmAttempt[] attempts = [.. detail.Attempts.Take(MaxMembers)];
        Call = new CallAnswer(detail.Call);
        Attempts = [.. attempts.Select(attempt => new AttemptAnswer(attempt))];
        ToolCalls = [.. detail.ToolCalls.Take(MaxMembers).Select(toolCall => new ToolCallAnswer(toolCall))];
        // The newest say what holds now.
        Amendments = [.. detail.Amendments.TakeLast(MaxMembers).Select(amendment => new AmendmentAnswer(amendment))];
        CostExplanations =
        [
            .. explain(detail.Call, attempts).Select((explanation, index) =>
                new CostExplanationAnswer(explanation, attempts.Length == 0 ? null : attempts[index].Ordinal)),
        ];
        IsCut = Math.Max(detail.Attempts.Count, Math.Max(detail.ToolCalls.Count, detail.Amendments.Count)) > MaxMembers;
    }

    public CallAnswer Call { get; }

    public IReadOnlyList<AttemptAnswer> Attempts { get; }

    public IReadOnlyList<ToolCallAnswer> ToolCalls { get; }

    public IReadOnlyList<AmendmentAnswer> Amendments { get; }

    public IReadOnlyList<CostExplanationAnswer> CostExplanations { get; }

    public bool IsCut { get; }
}
