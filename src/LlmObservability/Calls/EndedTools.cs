using System.Diagnostics;

namespace LlmObservability.Calls;

/// <summary>What is left of tools when a call ends: the rows that travel with it, and what its model asked for.</summary>
internal static class EndedTools
{
    /// <summary>The rows of a call that ended, by ordinal; null for none. What its model asked for is remembered for who invokes it.</summary>
    /// <param name="call">The call.</param>
    /// <param name="inside">The tool calls inside it; null for none.</param>
    /// <param name="notes">What its response told of tools.</param>
    /// <param name="around">The trace and the scope in which the call was made, and the client and model that were called.</param>
    /// <param name="observer">Its observer.</param>
    public static LlmToolCall[]? Of(
        LlmCall call, CallToolCalls? inside, ToolNote? notes, (ActivityTraceId Trace, LlmScope? Scope, CallTarget Caller) around, LlmObserver observer)
    {
        if (inside is null && notes is null)
        {
            return null;
        }

        var begun = 0;
        var rows = inside?.Close(out begun) ?? [];
        if (notes is not null)
        {
            var told = ToolNote.InOrder(notes);
            // What a cached answer tells of was invoked before.
            var hosted = call.Cached ? [] : Hosted(told, begun, call, around.Caller, observer);
            Remember(told, begun + hosted.Count, call, around, observer);
            rows = hosted.Count == 0 ? rows : [.. rows, .. hosted];
        }

        return rows.Length == 0 ? null : rows;
    }

    private static List<LlmToolCall> Hosted(ToolNote[] told, int begun, LlmCall call, CallTarget caller, LlmObserver observer)
    {
        List<LlmToolCall> rows = [];
        for (var i = 0; i < told.Length; i++)
        {
            // A stream tells of one tool in pieces: the first stands for it. A result without its call stands for itself.
            if (told[i].Type is not { } type || IsToldBefore(told, i))
            {
                continue;
            }

            var result = ResultOf(told, i);
            var row = new LlmToolCall
            {
                Ordinal = begun + rows.Count + 1,
                StartedAt = call.StartedAt,
                // It ran with the provider, in the call's span.
                Trace = call.TraceId is { } trace ? new SpanIds(trace, null, call.SpanId ?? call.ParentSpanId) : null,
                Name = told[i].Name ?? type,
                Type = type,
                ToolCallId = told[i].CallId,
                Outcome = result is { Failed: true } ? LlmOutcome.Failed : LlmOutcome.Completed,
                ErrorType = result?.ErrorCode,
            };
            rows.Add(row);
            Count(row, caller, observer);
        }

        return rows;
    }

    private static void Count(LlmToolCall row, CallTarget caller, LlmObserver observer)
    {
        try
        {
            observer.Telemetry.Tools.Count(row, caller);
        }
        catch (Exception error)
        {
            // Listeners are the application's code.
            observer.RecorderFailed(error);
        }
    }

    private static bool IsToldBefore(ToolNote[] told, int index)
    {
        var note = told[index];
        for (var i = 0; i < index; i++)
        {
            // Without an id a result belongs to the call of its type before it, and a call to none.
            if (told[i].Type == note.Type && told[i].CallId == note.CallId && (note.CallId is not null || note.Kind == ToolNoteKind.HostedResult))
            {
                return true;
            }
        }

        return false;
    }

    private static ToolNote? ResultOf(ToolNote[] told, int index)
    {
        ToolNote? result = null;
        for (var i = index; i < told.Length; i++)
        {
            if (told[i].Kind == ToolNoteKind.HostedResult && told[i].Type == told[index].Type && told[i].CallId == told[index].CallId
                && result is not { Failed: true })
            {
                result = told[i];
            }
        }

        return result;
    }

    private static void Remember(
        ToolNote[] told, int begun, LlmCall call, (ActivityTraceId Trace, LlmScope? Scope, CallTarget Caller) around, LlmObserver observer)
    {
        // Nobody invokes what a failed answer asked for; an answer left early may have been left for its tools.
        if (call.Outcome is not (LlmOutcome.Completed or LlmOutcome.Abandoned))
        {
            return;
        }

        foreach (var note in told)
        {
            if (note is not { Kind: ToolNoteKind.Function, Name: { } name } || IsAnswered(told, note))
            {
                continue;
            }

            observer.ToolRequests.Add(new ToolRequest
            {
                Name = name,
                ToolCallId = note.CallId,
                CallId = call.Id,
                CallStartedAt = call.StartedAt,
                Ordinal = ++begun,
                Caller = around.Caller,
                Trace = around.Trace,
                Scope = around.Scope?.Identity,
            });
        }
    }

    // A function-invoking client inside answers with all of its messages, results included.
    private static bool IsAnswered(ToolNote[] told, ToolNote asked) =>
        Array.Exists(told, note => note.Kind == ToolNoteKind.FunctionResult && note.CallId == asked.CallId);
}
