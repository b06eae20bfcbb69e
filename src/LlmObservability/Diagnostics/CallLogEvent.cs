using System.Collections;
using LlmObservability.Telemetry;

namespace LlmObservability;

/// <summary>
/// What the log says of a call: properties named like the attributes of its span, and a text. As on the span, what goes
/// without saying is not said. Never content.
/// </summary>
internal sealed class CallLogEvent : IReadOnlyList<KeyValuePair<string, object?>>
{
    private const string Template = "LLM call {llm_observability.call.id} {llm_observability.outcome}";

    private readonly List<KeyValuePair<string, object?>> _properties = new(32);
    private readonly LlmCall _call;

    public CallLogEvent(LlmCall call, GenAiConventions conventions)
    {
        _call = call;
        var to = new Properties(_properties);
        to.Add(TelemetryNames.Own.CallId, call.Id);
        to.AddKnown(TelemetryNames.TraceId, call.TraceId);
        to.AddKnown(TelemetryNames.SpanId, call.SpanId ?? call.ParentSpanId);
        CallLogAttributes.Write(to, call, conventions);
        // Where message templates are grouped, all calls are one.
        _properties.Add(new("{OriginalFormat}", Template));
    }

    public int Count => _properties.Count;

    public KeyValuePair<string, object?> this[int index] => _properties[index];

    public IEnumerator<KeyValuePair<string, object?>> GetEnumerator() => _properties.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    public override string ToString() => CallLogText.Of(_call);

    private readonly struct Properties(List<KeyValuePair<string, object?>> properties) : IAttributes
    {
        public void Add(string key, string value) => properties.Add(new(key, value));

        public void Add(string key, int value) => properties.Add(new(key, value));

        public void Add(string key, long value) => properties.Add(new(key, value));

        public void Add(string key, double value) => properties.Add(new(key, value));

        public void Add(string key, bool value) => properties.Add(new(key, value));

        // Text, which every provider writes alike.
        public void Add(string key, Guid value) => properties.Add(new(key, value.ToString()));

        public void Add(string key, string[] values) => properties.Add(new(key, values));

        public void AddTag(string tag, string value) => properties.Add(new(TelemetryNames.Own.TagPrefix + tag, value));
    }
}
