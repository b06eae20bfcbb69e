namespace LlmObservability.Queries;

/// <summary>Asks which tools the calls of a filter used.</summary>
public sealed record LlmToolsRequest
{
    /// <summary>The largest answer.</summary>
    public const int MaxTop = 1000;

    /// <summary>Which calls; of them all tool calls count.</summary>
    public LlmFilter Filter { get; init; } = LlmFilter.None;

    /// <summary>How many tools to name, the most frequent first; 1 to <see cref="MaxTop"/>, default 100.</summary>
    public int Top { get; init; } = 100;
}

/// <summary>The tools of some calls.</summary>
/// <param name="Tools">Most frequent first, then by name and type (ordinal).</param>
/// <param name="HasMore">Whether <see cref="LlmToolsRequest.Top"/> cut some off.</param>
public sealed record LlmTools(IReadOnlyList<LlmToolUse> Tools, bool HasMore)
{
    /// <summary>Since when calls were looked at, if the store bounds what it reads and From is further back, or open; null for all of the window.</summary>
    public DateTimeOffset? CappedFrom { get; init; }
}

/// <summary>How a tool was used. Counts are exact.</summary>
public sealed record LlmToolUse
{
    /// <summary>The tool's name.</summary>
    public required string Name { get; init; }

    /// <summary>The tool's kind, as in <see cref="LlmToolCall.Type"/>. Tools of one name and two kinds are two.</summary>
    public required string Type { get; init; }

    /// <summary>All invocations.</summary>
    public long ToolCalls { get; init; }

    /// <summary>Invocations by outcome: completed.</summary>
    public long Completed { get; init; }

    /// <summary>Invocations by outcome: failed.</summary>
    public long Failed { get; init; }

    /// <summary>Invocations by outcome: cancelled.</summary>
    public long Cancelled { get; init; }

    /// <summary>Invocations by outcome: abandoned.</summary>
    public long Abandoned { get; init; }

    /// <summary>
    /// Duration, in microseconds, with percentiles; of the invocations that have one. Those of 0 are left out: a provider that invokes a
    /// tool by itself does not tell how long that took.
    /// </summary>
    public LlmDistribution Duration { get; init; }
}
