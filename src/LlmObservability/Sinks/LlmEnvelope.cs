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
    /// <summary>Wraps a call that has neither attempts nor tool calls to tell.</summary>
    public LlmCallEnvelope(LlmCall call)
    {
        ArgumentNullException.ThrowIfNull(call);
        Call = call;
    }

    /// <summary>The call.</summary>
    public LlmCall Call { get; }

    /// <summary>Its attempts, by ordinal; empty unless wrapped clients nest.</summary>
    public IReadOnlyList<LlmAttempt> Attempts { get; init; } = [];

    /// <summary>Its tool calls, by ordinal.</summary>
    public IReadOnlyList<LlmToolCall> ToolCalls { get; init; } = [];

    /// <inheritdoc />
    public override Guid CallId => Call.Id;

    /// <inheritdoc />
    public override DateTimeOffset CallStartedAt => Call.StartedAt;
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
