using System.Text.Json;
using LlmObservability.Sinks;
using LlmObservability.Telemetry;

namespace LlmObservability.OpenTelemetry.Otlp;

/// <summary>
/// Writes calls, attempts and tool calls as spans, with the attributes and, where they had spans while they ran, the ids of these.
/// Other ids follow from the call's id (docs/otlp.md). Not thread-safe.
/// </summary>
internal sealed class OtlpSpans(Utf8JsonWriter json, OtlpSettings settings) : IOtlpRecords
{
    private const int Internal = 1;
    private const int Client = 3;
    private const int Error = 2;

    private readonly OtlpCompatibility _compatibility = new(settings.Compatibility);

    public ReadOnlySpan<byte> Resources => "resourceSpans"u8;

    public ReadOnlySpan<byte> Scopes => "scopeSpans"u8;

    public ReadOnlySpan<byte> Records => "spans"u8;

    public int Write(LlmEnvelope envelope)
    {
        switch (envelope)
        {
            // A tool that ran outside any call: its record is both, its span one.
            case LlmCallEnvelope { Call.Operation: LlmVocabulary.ExecuteTool, Attempts.Count: 0, ToolCalls: [var alone] } tool:
                WriteToolCall(tool.CallId, alone, tool.Call.Tags, ofCall: false);
                return 1;

            case LlmCallEnvelope call:
                return WriteCall(call);

            case LlmToolCallEnvelope toolCall:
                WriteToolCall(toolCall.CallId, toolCall.ToolCall, LlmTags.Empty, ofCall: true);
                return 1;

            default:
                return 0;
        }
    }

    private int WriteCall(LlmCallEnvelope envelope)
    {
        var call = envelope.Call;
        var traced = TraceIds.IsId(call.TraceId, TraceIds.TraceLength);
        Span<char> trace = stackalloc char[TraceIds.TraceLength];
        Span<char> span = stackalloc char[TraceIds.SpanLength];
        TraceIds.Fill(call.TraceId, call.Id, trace);
        TraceIds.Fill(traced ? call.SpanId : null, call.Id, TraceIds.Call, 0, span);
        Begin(trace, span, call.StartedAt, call.Duration, call.Outcome, Client);
        WriteParent(traced && TraceIds.IsId(call.ParentSpanId, TraceIds.SpanLength) ? call.ParentSpanId : null, span);
        WriteName(call.Operation, call.RequestModel);
        WriteAttributes(call);
        json.WriteEndObject();
        // By index: enumerators would be objects.
        var (attempts, toolCalls) = (envelope.Attempts, envelope.ToolCalls);
        for (var i = 0; i < attempts.Count; i++)
        {
            WriteAttempt(call, attempts[i], traced, trace, span);
        }

        for (var i = 0; i < toolCalls.Count; i++)
        {
            WriteToolCall(call, attempts, toolCalls[i], trace, span);
        }

        return 1 + attempts.Count + toolCalls.Count;
    }

    private void WriteAttributes(LlmCall call)
    {
        json.WriteStartArray("attributes"u8);
        var to = new OtlpAttributes(json);
        to.Add(TelemetryNames.GenAi.OperationName, call.Operation);
        to.Add(TelemetryNames.GenAi.ProviderName, call.Provider ?? TelemetryNames.UnknownProvider);
        to.AddKnown(TelemetryNames.GenAi.RequestModel, call.RequestModel);
        if (call.ServerAddress is { } server)
        {
            to.Add(TelemetryNames.ServerAddress, server);
            to.AddKnown(TelemetryNames.ServerPort, call.ServerPort);
        }

        to.AddKnown(TelemetryNames.GenAi.RequestStream, call.Streaming ? true : default(bool?));
        TagAttributes.Write(to, call.Tags);
        to.AddKnown(TelemetryNames.GenAi.ConversationId, call.Tags.Conversation);
        // Text is said where the client alone decides; whether a chat call asked for it, no record tells.
        to.AddKnown(TelemetryNames.GenAi.OutputType, call.Operation == LlmVocabulary.GenerateContent || call.OutputType != LlmVocabulary.Text ? call.OutputType : null);
        CallSpan.AddResponse(to, call, settings.Conventions);
        CallSpan.AddOwn(to, call);
        _compatibility.OfCall(to, call);
        json.WriteEndArray();
    }

    private void WriteAttempt(LlmCall call, LlmAttempt attempt, bool traced, ReadOnlySpan<char> trace, ReadOnlySpan<char> callSpan)
    {
        Span<char> span = stackalloc char[TraceIds.SpanLength];
        FillAttempt(call, attempt, span);
        Begin(trace, span, attempt.StartedAt, attempt.Duration, attempt.Outcome, Internal);
        WriteParent(traced && TraceIds.IsId(attempt.ParentSpanId, TraceIds.SpanLength) ? attempt.ParentSpanId : callSpan, span);
        WriteName("attempt", attempt.RequestModel);
        json.WriteStartArray("attributes"u8);
        OtlpParts.OfAttempt(new OtlpAttributes(json), call.Id, attempt);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private void WriteToolCall(
        LlmCall call, IReadOnlyList<LlmAttempt> attempts, LlmToolCall toolCall, ReadOnlySpan<char> trace, ReadOnlySpan<char> callSpan)
    {
        var traced = TraceIds.IsId(toolCall.TraceId, TraceIds.TraceLength);
        if (traced && !trace.SequenceEqual(toolCall.TraceId))
        {
            WriteToolCall(call.Id, toolCall, LlmTags.Empty, RecordedPlace(toolCall, trace, callSpan));
            return;
        }

        Span<char> around = stackalloc char[TraceIds.SpanLength];
        if (traced && ToolParents.Recorded(call, toolCall) is { } parent)
        {
            parent.CopyTo(around);
        }
        else if (ToolParents.AttemptAround(call, attempts, toolCall) is { } attempt)
        {
            FillAttempt(call, attempt, around);
        }
        else
        {
            callSpan.CopyTo(around);
        }

        WriteToolCall(call.Id, toolCall, LlmTags.Empty, new SpanPlace(trace, around));
    }

    // Without its call at hand: whether that had a span nobody knows here.
    private void WriteToolCall(Guid callId, LlmToolCall toolCall, LlmTags tags, bool ofCall)
    {
        if (TraceIds.IsId(toolCall.TraceId, TraceIds.TraceLength))
        {
            WriteToolCall(callId, toolCall, tags, RecordedPlace(toolCall, default, default));
            return;
        }

        Span<char> trace = stackalloc char[TraceIds.TraceLength];
        Span<char> call = stackalloc char[TraceIds.SpanLength];
        TraceIds.Fill(null, callId, trace);
        TraceIds.Fill(null, callId, TraceIds.Call, 0, call);
        WriteToolCall(callId, toolCall, tags, new SpanPlace(trace, ofCall ? call : default));
    }

    private void WriteToolCall(Guid callId, LlmToolCall toolCall, LlmTags tags, in SpanPlace place)
    {
        Span<char> span = stackalloc char[TraceIds.SpanLength];
        TraceIds.Fill(TraceIds.IsId(toolCall.TraceId, TraceIds.TraceLength) ? toolCall.SpanId : null, callId, TraceIds.ToolCall, toolCall.Ordinal, span);
        Begin(place.Trace, span, toolCall.StartedAt, toolCall.Duration, toolCall.Outcome, Internal);
        WriteParent(place.Parent, span);
        WriteLink(place);
        WriteName(LlmVocabulary.ExecuteTool, toolCall.Name);
        json.WriteStartArray("attributes"u8);
        var to = new OtlpAttributes(json);
        OtlpParts.OfToolCall(to, callId, toolCall);
        TagAttributes.Write(to, tags);
        _compatibility.OfToolCall(to, toolCall);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    // Where it was recorded, linked to a call in another trace.
    private static SpanPlace RecordedPlace(LlmToolCall toolCall, ReadOnlySpan<char> callTrace, ReadOnlySpan<char> callSpan) =>
        new(toolCall.TraceId, TraceIds.IsId(toolCall.ParentSpanId, TraceIds.SpanLength) ? toolCall.ParentSpanId : default)
        {
            LinkedTrace = callTrace,
            LinkedSpan = callSpan,
        };

    // An attempt's recorded ids are of the call's trace.
    private static void FillAttempt(LlmCall call, LlmAttempt attempt, Span<char> id) => TraceIds.Fill(
        TraceIds.IsId(call.TraceId, TraceIds.TraceLength) ? attempt.SpanId : null, call.Id, TraceIds.Attempt, attempt.Ordinal, id);

    private void Begin(ReadOnlySpan<char> trace, ReadOnlySpan<char> span, DateTimeOffset startedAt, TimeSpan duration, LlmOutcome outcome, int kind)
    {
        json.WriteStartObject();
        json.WriteString("traceId"u8, trace);
        json.WriteString("spanId"u8, span);
        json.WriteNumber("kind"u8, kind);
        json.WriteTime("startTimeUnixNano"u8, startedAt);
        json.WriteTime("endTimeUnixNano"u8, OtlpJson.EndOf(startedAt, duration));
        if (outcome == LlmOutcome.Failed)
        {
            // Without a message: an exception's can hold a prompt.
            json.WriteStartObject("status"u8);
            json.WriteNumber("code"u8, Error);
            json.WriteEndObject();
        }
    }

    private void WriteParent(ReadOnlySpan<char> parent, ReadOnlySpan<char> span)
    {
        if (!parent.IsEmpty && !parent.SequenceEqual(span))
        {
            json.WriteString("parentSpanId"u8, parent);
        }
    }

    private void WriteLink(in SpanPlace place)
    {
        if (place.LinkedSpan.IsEmpty)
        {
            return;
        }

        json.WriteStartArray("links"u8);
        json.WriteStartObject();
        json.WriteString("traceId"u8, place.LinkedTrace);
        json.WriteString("spanId"u8, place.LinkedSpan);
        json.WriteEndObject();
        json.WriteEndArray();
    }

    private void WriteName(string what, string? of)
    {
        var length = what.Length + 1 + (of?.Length ?? 0);
        var name = length <= 256 ? stackalloc char[256] : new char[length];
        what.CopyTo(name);
        if (of is null)
        {
            json.WriteString("name"u8, name[..what.Length]);
            return;
        }

        name[what.Length] = ' ';
        of.CopyTo(name[(what.Length + 1)..]);
        json.WriteString("name"u8, name[..length]);
    }
}
