using LlmObservability.Queries;

namespace LlmObservability.Dashboard.Answers;

/// <summary>The tools of calls.</summary>
internal sealed record ToolsAnswer
{
    public ToolsAnswer(LlmTools tools)
    {
        Tools = [.. tools.Tools.Select(tool => new ToolAnswer(tool))];
        HasMore = tools.HasMore;
        CappedFrom = tools.CappedFrom;
    }

    public IReadOnlyList<ToolAnswer> Tools { get; }

    public bool HasMore { get; }

    public DateTimeOffset? CappedFrom { get; }
}
