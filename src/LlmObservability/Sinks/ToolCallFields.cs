using System.Text.Json;

namespace LlmObservability.Sinks;

/// <summary>The fields of a tool call while an envelope is read.</summary>
internal sealed class ToolCallFields : IEnvelopeFields
{
    private Guid? _callId;
    private DateTimeOffset? _callStartedAt;
    private int? _ordinal;
    private DateTimeOffset? _startedAt;
    private string? _traceId;
    private string? _spanId;
    private string? _parentSpanId;
    private string? _name;
    private string _type = LlmVocabulary.Function;
    private string? _toolCallId;
    private LlmOutcome? _outcome;
    private string? _errorType;
    private TimeSpan _duration;

    public bool TryRead(scoped ReadOnlySpan<char> name, ref Utf8JsonReader json)
    {
        switch (name)
        {
            case "call_id": _callId = JsonValues.Id(ref json); break;
            case "call_started_at": _callStartedAt = JsonValues.Time(ref json); break;
            case "ordinal": _ordinal = JsonValues.Int32(ref json); break;
            case "started_at": _startedAt = JsonValues.Time(ref json); break;
            case "trace_id": _traceId = json.GetString(); break;
            case "span_id": _spanId = json.GetString(); break;
            case "parent_span_id": _parentSpanId = json.GetString(); break;
            case "name": _name = json.GetString(); break;
            case "type": _type = json.GetString()!; break;
            case "tool_call_id": _toolCallId = json.GetString(); break;
            case "outcome": _outcome = JsonValues.Outcome(ref json); break;
            case "error_type": _errorType = json.GetString(); break;
            case "duration_us": _duration = JsonValues.Duration(ref json); break;
            default: return false;
        }

        return true;
    }

    public LlmToolCallEnvelope ToEnvelope() =>
        new(JsonValues.Needed(_callId, "call_id"), JsonValues.Needed(_callStartedAt, "call_started_at"), ToToolCall());

    public LlmToolCall ToToolCall() => new()
    {
        Ordinal = JsonValues.Needed(_ordinal, "ordinal"),
        StartedAt = JsonValues.Needed(_startedAt, "started_at"),
        Trace = SpanIds.Keep(new SpanIds(_traceId, _spanId, _parentSpanId)),
        Name = JsonValues.Needed(_name, "name"),
        Type = _type,
        ToolCallId = _toolCallId,
        Outcome = JsonValues.Needed(_outcome, "outcome"),
        ErrorType = _errorType,
        Duration = _duration,
    };
}
