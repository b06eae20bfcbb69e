using System.Globalization;
using System.Text.Json;
using LlmObservability.Sinks;
using LlmObservability.Telemetry;

namespace LlmObservability.OpenTelemetry.Otlp;

/// <summary>Writes envelopes as log records; docs/otlp.md says what stands in them. Not thread-safe.</summary>
internal sealed class OtlpLogRecords(Utf8JsonWriter json, OtlpSettings settings) : IOtlpRecords
{
    private const int Info = 9;
    private const int Warn = 13;

    private readonly OtlpCompatibility _compatibility = new(settings.Compatibility);

    // A call's text is as long as the names in it.
    private char[] _text = new char[512];

    public ReadOnlySpan<byte> Resources => "resourceLogs"u8;

    public ReadOnlySpan<byte> Scopes => "scopeLogs"u8;

    public ReadOnlySpan<byte> Records => "logRecords"u8;

    public int Write(LlmEnvelope envelope)
    {
        switch (envelope)
        {
            case LlmCallEnvelope call:
                WriteCall(call.Call);
                // By index: enumerators would be objects.
                var (attempts, toolCalls) = (call.Attempts, call.ToolCalls);
                for (var i = 0; i < attempts.Count; i++)
                {
                    WriteAttempt(call.Call, attempts[i]);
                }

                for (var i = 0; i < toolCalls.Count; i++)
                {
                    WriteToolCall(call.CallId, toolCalls[i], call.Call, callBefore: null);
                }

                return 1 + attempts.Count + toolCalls.Count;

            case LlmToolCallEnvelope toolCall:
                WriteToolCall(toolCall.CallId, toolCall.ToolCall, call: null, toolCall.CallStartedAt);
                return 1;

            case LlmAmendmentEnvelope amendment:
                WriteAmendment(amendment.Amendment);
                return 1;

            default:
                return 0;
        }
    }

    private void WriteCall(LlmCall call)
    {
        Begin(OtlpNames.CallEvent, call.StartedAt, call.Duration, call.Outcome);
        int length;
        while (!CallLogText.TryWrite(call, _text, out length))
        {
            _text = new char[_text.Length * 2];
        }

        json.WriteText("body"u8, _text.AsSpan(0, length));
        var to = BeginAttributes(call.Id, kind: "", ordinal: 0);
        to.Add(TelemetryNames.Own.CallId, call.Id);
        CallLogAttributes.Write(to, call, settings.Conventions);
        OtlpDetails.OfCall(to, call);
        _compatibility.OfCall(to, call);
        End(call.TraceId, call.SpanId ?? call.ParentSpanId);
    }

    private void WriteAttempt(LlmCall call, LlmAttempt attempt)
    {
        Begin(OtlpNames.AttemptEvent, attempt.StartedAt, attempt.Duration, attempt.Outcome);
        Span<char> text = stackalloc char[128];
        text.TryWrite(CultureInfo.InvariantCulture, $"Attempt {attempt.Ordinal} of LLM call {call.Id} {attempt.Outcome.ToName()}", out var length);
        json.WriteText("body"u8, text[..length]);
        var to = BeginAttributes(call.Id, "attempt", attempt.Ordinal);
        OtlpParts.OfAttempt(to, call.Id, attempt);
        OtlpDetails.OfAttempt(to, attempt);
        End(call.TraceId, attempt.SpanId ?? attempt.ParentSpanId ?? call.SpanId ?? call.ParentSpanId);
    }

    private void WriteToolCall(Guid callId, LlmToolCall toolCall, LlmCall? call, DateTimeOffset? callBefore)
    {
        Begin(OtlpNames.ToolCallEvent, toolCall.StartedAt, toolCall.Duration, toolCall.Outcome);
        Span<char> text = stackalloc char[128];
        text.TryWrite(CultureInfo.InvariantCulture, $"Tool call {toolCall.Ordinal} of LLM call {callId} {toolCall.Outcome.ToName()}", out var length);
        json.WriteText("body"u8, text[..length]);
        var to = BeginAttributes(callId, "tool", toolCall.Ordinal);
        OtlpParts.OfToolCall(to, callId, toolCall);
        var own = to.Under(OtlpNames.ToolCall);
        own.Add("ordinal", toolCall.Ordinal);
        own.AddKnown(OtlpNames.ParentSpanId, toolCall.ParentSpanId);
        if (callBefore is { } startedAt)
        {
            OtlpDetails.OfCallBefore(own, startedAt);
        }

        to.Add(TelemetryNames.Own.Duration, toolCall.Duration.TotalSeconds);
        _compatibility.OfToolCall(to, toolCall);
        if (toolCall.TraceId is { } trace)
        {
            End(trace, toolCall.SpanId ?? toolCall.ParentSpanId);
        }
        else
        {
            End(call?.TraceId, call?.SpanId ?? call?.ParentSpanId);
        }
    }

    private void WriteAmendment(LlmAmendment amendment)
    {
        var evaluates = amendment.Score is not null || amendment.Label is not null;
        Begin(evaluates ? OtlpNames.EvaluationEvent : OtlpNames.AmendmentEvent, amendment.CreatedAt, TimeSpan.Zero, LlmOutcome.Completed);
        Span<char> text = stackalloc char[128];
        text.TryWrite(CultureInfo.InvariantCulture, $"Amendment {amendment.Id} to LLM call {amendment.CallId}", out var length);
        json.WriteText("body"u8, text[..length]);
        var to = BeginAttributes(amendment.Id, kind: "", ordinal: 0);
        to.Add(TelemetryNames.Own.CallId, amendment.CallId);
        var own = to.Under(OtlpNames.Amendment);
        own.Add("kind", amendment.Kind);
        OtlpDetails.OfCallBefore(own, amendment.CallStartedAt);
        if (evaluates)
        {
            to.Add(OtlpNames.EvaluationName, amendment.Name ?? amendment.Kind);
            to.AddKnown(OtlpNames.EvaluationScore, amendment.Score);
            to.AddKnown(OtlpNames.EvaluationLabel, amendment.Label);
        }
        else
        {
            own.AddKnown("name", amendment.Name);
        }

        own.AddKnown("cost.reason", amendment.CostReason?.ToName());
        OtlpDetails.OfCost(own, amendment.Cost, amendment.PriceEntry, amendment.CatalogDate);
        End(traceId: null, spanId: null);
    }

    private void Begin(string eventName, DateTimeOffset startedAt, TimeSpan duration, LlmOutcome outcome)
    {
        var failed = outcome == LlmOutcome.Failed;
        json.WriteStartObject();
        json.WriteTime("timeUnixNano"u8, startedAt);
        json.WriteTime("observedTimeUnixNano"u8, OtlpJson.EndOf(startedAt, duration));
        json.WriteNumber("severityNumber"u8, failed ? Warn : Info);
        json.WriteString("severityText"u8, failed ? "WARN"u8 : "INFO"u8);
        json.WriteString("eventName"u8, eventName);
    }

    private OtlpAttributes BeginAttributes(Guid id, string kind, int ordinal)
    {
        json.WriteStartArray("attributes"u8);
        var to = new OtlpAttributes(json);
        Span<char> uid = stackalloc char[80];
        int length;
        _ = kind.Length == 0 ? uid.TryWrite($"{id}", out length) : uid.TryWrite(CultureInfo.InvariantCulture, $"{id}/{kind}/{ordinal}", out length);
        to.Add(OtlpNames.Uid, uid[..length]);
        return to;
    }

    private void End(string? traceId, string? spanId)
    {
        json.WriteEndArray();
        if (TraceIds.IsId(traceId, TraceIds.TraceLength))
        {
            json.WriteString("traceId"u8, traceId);
            if (TraceIds.IsId(spanId, TraceIds.SpanLength))
            {
                json.WriteString("spanId"u8, spanId);
            }
        }

        json.WriteEndObject();
    }
}
