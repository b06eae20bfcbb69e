namespace LlmObservability;

/// <summary>
/// One invocation of a tool. Travels with its call, or, where it ended after the call did, by itself.
/// </summary>
public sealed record LlmToolCall
{
    // Ticks: half the room of a DateTimeOffset, which is the room of a trace.
    private readonly long _startedAt;
    private readonly SpanIds? _trace;

    /// <summary>
    /// Unique within its call, from 1: those that began inside the call in the order in which they began; then those that
    /// the provider invoked by itself; then those that its model asked for and that ran after it, in the order asked.
    /// </summary>
    public required int Ordinal { get; init; }

    /// <summary>When the invocation began: UTC, whole microseconds. Of a tool that the provider invoked by itself, the call's start.</summary>
    public required DateTimeOffset StartedAt
    {
        get => new(_startedAt, TimeSpan.Zero);
        init => _startedAt = value.UtcTicks;
    }

    /// <summary>W3C trace id, 32 lower-case hex digits, of the invocation's span, else of the activity in which it ran; null where there was neither.</summary>
    public string? TraceId
    {
        get => _trace?.TraceId;
        init => _trace = SpanIds.WithTrace(_trace, value);
    }

    /// <summary>W3C span id, 16 lower-case hex digits, of the invocation's span: its own, or another instrumentation's of the same invocation. Null where nobody made one.</summary>
    public string? SpanId
    {
        get => _trace?.SpanId;
        init => _trace = SpanIds.WithSpan(_trace, value);
    }

    /// <summary>W3C span id, 16 lower-case hex digits, of the span in which it ran: its span's parent, or the activity around an invocation without one. Null at a trace's root.</summary>
    public string? ParentSpanId
    {
        get => _trace?.ParentSpanId;
        init => _trace = SpanIds.WithParent(_trace, value);
    }

    /// <summary>The tool's name.</summary>
    public required string Name { get; init; }

    /// <summary>The tool's kind: <c>function</c>, <c>mcp</c>, <c>a2a</c>, a hosted kind (<see cref="LlmVocabulary"/>), or the application's own word.</summary>
    public string Type { get; init; } = LlmVocabulary.Function;

    /// <summary>The id by which the model asked for it, where known.</summary>
    public string? ToolCallId { get; init; }

    /// <summary>How the invocation ended.</summary>
    public required LlmOutcome Outcome { get; init; }

    /// <summary>
    /// Null unless it failed: the full name of the exception's type; <c>tool_error</c> for the error that an MCP server
    /// answers with; a provider's error code for a tool that it hosts, where it gives one.
    /// </summary>
    public string? ErrorType { get; init; }

    /// <summary>Whole microseconds, ≥ 0; 0 for a tool that the provider invoked by itself: nobody tells how long that took.</summary>
    public TimeSpan Duration { get; init; }

    /// <summary>Its ids in a trace, at once; null for none.</summary>
    internal SpanIds? Trace
    {
        get => _trace;
        init => _trace = value;
    }
}
