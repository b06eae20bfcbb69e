using System.Diagnostics;

namespace LlmObservability.Calls;

/// <summary>A function that a model asked for in a call that has ended, and that nobody was seen to invoke yet.</summary>
internal sealed class ToolRequest
{
    public required string Name { get; init; }

    public string? ToolCallId { get; init; }

    public required Guid CallId { get; init; }

    public required DateTimeOffset CallStartedAt { get; init; }

    /// <summary>The client and the model that were called.</summary>
    public CallTarget? Caller { get; init; }

    /// <summary>Its place among the tool calls of its call.</summary>
    public required int Ordinal { get; init; }

    /// <summary>The trace around the call; default where there was none.</summary>
    public ActivityTraceId Trace { get; init; }

    /// <summary>The identity of the call's scope; null where there was none.</summary>
    public object? Scope { get; init; }

    /// <summary>Whether an invocation has taken it. Guarded by its table.</summary>
    public bool Taken { get; set; }
}
