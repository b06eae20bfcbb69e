namespace LlmObservability;

/// <summary>One invocation of a tool inside a call. Travels with its call.</summary>
public sealed record LlmToolCall
{
    /// <summary>1, 2, 3 … in the order in which the invocations began.</summary>
    public required int Ordinal { get; init; }

    /// <summary>When the invocation began: UTC, whole microseconds.</summary>
    public required DateTimeOffset StartedAt { get; init; }

    /// <summary>The tool's name.</summary>
    public required string Name { get; init; }

    /// <summary>The tool's kind: <c>function</c>, <c>mcp</c>, <c>a2a</c> or a hosted kind.</summary>
    public string Type { get; init; } = LlmVocabulary.Function;

    /// <summary>The id by which the model asked for it.</summary>
    public string? ToolCallId { get; init; }

    /// <summary>How the invocation ended.</summary>
    public required LlmOutcome Outcome { get; init; }

    /// <summary>Full name of the exception's type; null unless it failed.</summary>
    public string? ErrorType { get; init; }

    /// <summary>Whole microseconds, ≥ 0.</summary>
    public TimeSpan Duration { get; init; }
}
