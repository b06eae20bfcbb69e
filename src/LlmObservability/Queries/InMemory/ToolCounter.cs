namespace LlmObservability.Queries;

/// <summary>Counts tool calls over a snapshot of calls.</summary>
internal static class ToolCounter
{
    public static LlmTools Count(LlmCall[] calls, Func<Guid, IReadOnlyList<LlmToolCall>> toolCallsOf, LlmToolsRequest request, CancellationToken cancellationToken)
    {
        var tools = new Dictionary<(string Name, string Type), (long[] Outcomes, DistributionAccumulator Duration)>();
        foreach (var call in new CallMatcher(request.Filter).Select(calls, cancellationToken))
        {
            foreach (var toolCall in toolCallsOf(call.Id))
            {
                if (!tools.TryGetValue((toolCall.Name, toolCall.Type), out var tool))
                {
                    tools.Add((toolCall.Name, toolCall.Type), tool = (new long[4], new DistributionAccumulator(percentiles: true, histogram: false)));
                }

                tool.Outcomes[(int)toolCall.Outcome]++;
                tool.Duration.Add(toolCall.Duration > TimeSpan.Zero ? toolCall.Duration.TotalMicroseconds : null);
            }
        }

        var byText = Comparer<string>.Create(LlmValue.CompareText);
        LlmToolUse[] named =
        [
            .. tools.OrderByDescending(tool => tool.Value.Outcomes.Sum()).ThenBy(tool => tool.Key.Name, byText).ThenBy(tool => tool.Key.Type, byText)
                .Take(request.Top)
                .Select(tool => new LlmToolUse
                {
                    Name = tool.Key.Name,
                    Type = tool.Key.Type,
                    ToolCalls = tool.Value.Outcomes.Sum(),
                    Completed = tool.Value.Outcomes[(int)LlmOutcome.Completed],
                    Failed = tool.Value.Outcomes[(int)LlmOutcome.Failed],
                    Cancelled = tool.Value.Outcomes[(int)LlmOutcome.Cancelled],
                    Abandoned = tool.Value.Outcomes[(int)LlmOutcome.Abandoned],
                    Duration = tool.Value.Duration.ToDistribution(),
                }),
        ];
        return new LlmTools(named, tools.Count > named.Length);
    }
}
