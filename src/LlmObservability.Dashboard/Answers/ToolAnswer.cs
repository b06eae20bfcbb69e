using LlmObservability.Queries;

namespace LlmObservability.Dashboard.Answers;

/// <summary>How a tool was used. The duration is that of the invocations of which it is known.</summary>
internal sealed record ToolAnswer
{
    public ToolAnswer(LlmToolUse tool)
    {
        Name = tool.Name;
        Type = tool.Type;
        ToolCalls = tool.ToolCalls;
        Completed = tool.Completed;
        Failed = tool.Failed;
        Cancelled = tool.Cancelled;
        Abandoned = tool.Abandoned;
        DurationUs = new DistributionAnswer(tool.Duration, histogram: false);
    }

    public string Name { get; }

    public string Type { get; }

    public long ToolCalls { get; }

    public long Completed { get; }

    public long Failed { get; }

    public long Cancelled { get; }

    public long Abandoned { get; }

    public DistributionAnswer DurationUs { get; }
}
