using System.Diagnostics;

namespace LlmObservability.Telemetry;

/// <summary>The attributes of a live span. They are added, not set: the span is new, and nobody else writes these keys.</summary>
internal readonly struct SpanAttributes(Activity span) : IAttributes
{
    public void Add(string key, string value) => span.AddTag(key, value);

    public void Add(string key, int value) => span.AddTag(key, value);

    public void Add(string key, long value) => span.AddTag(key, value);

    public void Add(string key, double value) => span.AddTag(key, value);

    public void Add(string key, bool value) => span.AddTag(key, value);

    // As it is: who exports it writes it as text, and only then.
    public void Add(string key, Guid value) => span.AddTag(key, value);

    public void Add(string key, string[] values) => span.AddTag(key, values);

    public void AddTag(string tag, string value) => span.AddTag(TelemetryNames.Own.TagPrefix + tag, value);
}
