namespace LlmObservability.Sinks;

/// <summary>What a sink takes: a call with all that belongs to it, or an amendment to an earlier call.</summary>
public abstract record LlmEnvelope
{
    private protected LlmEnvelope()
    {
    }

    /// <summary>Id of the call that it is, or is about.</summary>
    public abstract Guid CallId { get; }

    /// <summary>That call's start: the partition key of every table.</summary>
    public abstract DateTimeOffset CallStartedAt { get; }
}

/// <summary>A call, its attempts and its tool calls: they travel and are committed together.</summary>
public sealed record LlmCallEnvelope : LlmEnvelope
{
    // A list, or the only attempt: most nested calls make one, and readers ask for the list far from the call.
    private readonly object _attempts = Array.Empty<LlmAttempt>();

    /// <summary>Wraps a call that has neither attempts nor tool calls to tell.</summary>
    public LlmCallEnvelope(LlmCall call)
    {
        ArgumentNullException.ThrowIfNull(call);
        Call = call;
    }

    /// <summary>The call.</summary>
    public LlmCall Call { get; }

    /// <summary>Its attempts, by ordinal; empty unless wrapped clients nest.</summary>
    public IReadOnlyList<LlmAttempt> Attempts
    {
        get => _attempts as IReadOnlyList<LlmAttempt> ?? [(LlmAttempt)_attempts];
        init => _attempts = value;
    }

    /// <summary>Its tool calls, by ordinal.</summary>
    public IReadOnlyList<LlmToolCall> ToolCalls { get; init; } = [];

    /// <summary>A list of attempts, or one alone.</summary>
    internal object AttemptsOrOne
    {
        get => _attempts;
        init => _attempts = value;
    }

    /// <inheritdoc />
    public override Guid CallId => Call.Id;

    /// <inheritdoc />
    public override DateTimeOffset CallStartedAt => Call.StartedAt;
}

/// <summary>A tool call that ran after the call which asked for it had ended, and so travels by itself.</summary>
public sealed record LlmToolCallEnvelope : LlmEnvelope
{
    /// <summary>Wraps a tool call of an earlier call.</summary>
    /// <param name="callId">The call that asked for it.</param>
    /// <param name="callStartedAt">That call's start.</param>
    /// <param name="toolCall">The tool call; its ordinal is unique within the call.</param>
    public LlmToolCallEnvelope(Guid callId, DateTimeOffset callStartedAt, LlmToolCall toolCall)
    {
        ArgumentNullException.ThrowIfNull(toolCall);
        CallId = callId;
        CallStartedAt = callStartedAt;
        ToolCall = toolCall;
    }

    /// <inheritdoc />
    public override Guid CallId { get; }

    /// <inheritdoc />
    public override DateTimeOffset CallStartedAt { get; }

    /// <summary>The tool call.</summary>
    public LlmToolCall ToolCall { get; }
}

/// <summary>An amendment to an earlier call.</summary>
public sealed record LlmAmendmentEnvelope : LlmEnvelope
{
    /// <summary>Wraps an amendment.</summary>
    public LlmAmendmentEnvelope(LlmAmendment amendment)
    {
        ArgumentNullException.ThrowIfNull(amendment);
        Amendment = amendment;
    }

    /// <summary>The amendment.</summary>
    public LlmAmendment Amendment { get; }

    /// <inheritdoc />
    public override Guid CallId => Amendment.CallId;

    /// <inheritdoc />
    public override DateTimeOffset CallStartedAt => Amendment.CallStartedAt;
}
