using LlmObservability.Pricing;
using LlmObservability.Queries;

namespace LlmObservability.Dashboard.Answers;

/// <summary>A call with all that belongs to it.</summary>
internal sealed record CallDetailAnswer
{
    public CallDetailAnswer(LlmCallDetail detail, IReadOnlyList<CostExplanation> explanations)
    {
        Call = new CallAnswer(detail.Call);
        Attempts = [.. detail.Attempts.Select(attempt => new AttemptAnswer(attempt))];
        ToolCalls = [.. detail.ToolCalls.Select(toolCall => new ToolCallAnswer(toolCall))];
        Amendments = [.. detail.Amendments.Select(amendment => new AmendmentAnswer(amendment))];
        CostExplanations =
        [
            .. explanations.Select((explanation, index) =>
                new CostExplanationAnswer(explanation, detail.Attempts.Count == 0 ? null : detail.Attempts[index].Ordinal)),
        ];
    }

    public CallAnswer Call { get; }

    public IReadOnlyList<AttemptAnswer> Attempts { get; }

    public IReadOnlyList<ToolCallAnswer> ToolCalls { get; }

    public IReadOnlyList<AmendmentAnswer> Amendments { get; }

    public IReadOnlyList<CostExplanationAnswer> CostExplanations { get; }
}
