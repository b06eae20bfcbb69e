namespace LlmObservability.OpenTelemetry.Otlp;

/// <summary>
/// What a tool call ran in, where no span of its own tells: a record knows the activity around it, which, where the spans of the
/// call were not made, is the one around the whole call.
/// </summary>
internal static class ToolParents
{
    /// <summary>The recorded parent, in the call's trace; null where it tells no more than that the tool ran somewhere in the call.</summary>
    public static string? Recorded(LlmCall call, LlmToolCall toolCall)
    {
        if (!TraceIds.IsId(toolCall.ParentSpanId, TraceIds.SpanLength))
        {
            return null;
        }

        // Of a call without a span, what is around the call is around the tool.
        var callsOwn = TraceIds.IsId(call.SpanId, TraceIds.SpanLength) ? call.SpanId : call.ParentSpanId;
        return TraceIds.IsId(toolCall.SpanId, TraceIds.SpanLength) || toolCall.ParentSpanId != callsOwn ? toolCall.ParentSpanId : null;
    }

    /// <summary>The attempt in which it ran, as far as times tell; null where that is none, or not known.</summary>
    public static LlmAttempt? AttemptAround(LlmCall call, IReadOnlyList<LlmAttempt> attempts, LlmToolCall toolCall) =>
        toolCall.Duration == TimeSpan.Zero && toolCall.StartedAt == call.StartedAt ? Answering(attempts) : Enclosing(attempts, toolCall);

    // Of a tool that the provider hosts nobody knows the time: it ran for the answer, if only one attempt gave one.
    private static LlmAttempt? Answering(IReadOnlyList<LlmAttempt> attempts)
    {
        if (attempts.Count == 1)
        {
            return attempts[0];
        }

        LlmAttempt? answering = null;
        // By index: enumerators would be objects.
        for (var i = 0; i < attempts.Count; i++)
        {
            if (attempts[i].Outcome == LlmOutcome.Completed)
            {
                if (answering is not null)
                {
                    return null;
                }

                answering = attempts[i];
            }
        }

        return answering;
    }

    // The one within whose time it ran, if it is the only one.
    private static LlmAttempt? Enclosing(IReadOnlyList<LlmAttempt> attempts, LlmToolCall toolCall)
    {
        LlmAttempt? around = null;
        for (var i = 0; i < attempts.Count; i++)
        {
            var attempt = attempts[i];
            if (toolCall.StartedAt >= attempt.StartedAt
                && OtlpJson.EndOf(toolCall.StartedAt, toolCall.Duration) <= OtlpJson.EndOf(attempt.StartedAt, attempt.Duration))
            {
                if (around is not null)
                {
                    return null;
                }

                around = attempt;
            }
        }

        return around;
    }
}
