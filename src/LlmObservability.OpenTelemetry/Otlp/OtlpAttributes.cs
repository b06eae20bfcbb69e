using System.Text.Json;
using LlmObservability.Telemetry;

namespace LlmObservability.OpenTelemetry.Otlp;

/// <summary>Attributes of a message, written as they come. Numbers that JSON does not know are left out.</summary>
/// <param name="json">Writes; inside an array.</param>
/// <param name="prefix">Stands before each key.</param>
internal readonly struct OtlpAttributes(Utf8JsonWriter json, string prefix = "") : IAttributes
{
    /// <summary>The same with another prefix.</summary>
    public OtlpAttributes Under(string other) => new(json, other);

    public void Add(string key, string value) => Add(key, value.AsSpan());

    public void Add(string key, ReadOnlySpan<char> value)
    {
        Begin(key);
        json.WriteString("stringValue"u8, value);
        End();
    }

    public void Add(string key, int value) => Add(key, (long)value);

    public void Add(string key, long value)
    {
        Begin(key);
        json.WriteInteger("intValue"u8, value);
        End();
    }

    public void Add(string key, double value)
    {
        if (double.IsFinite(value))
        {
            Begin(key);
            json.WriteNumber("doubleValue"u8, value);
            End();
        }
    }

    public void Add(string key, bool value)
    {
        Begin(key);
        json.WriteBoolean("boolValue"u8, value);
        End();
    }

    public void Add(string key, Guid value)
    {
        Begin(key);
        json.WriteString("stringValue"u8, value);
        End();
    }

    public void Add(string key, string[] values)
    {
        Begin(key);
        json.WriteStartObject("arrayValue"u8);
        json.WriteStartArray("values"u8);
        foreach (var value in values)
        {
            json.WriteStartObject();
            json.WriteString("stringValue"u8, value);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
        End();
    }

    public void AddTag(string tag, string value) => Under(TelemetryNames.Own.TagPrefix).Add(tag, value);

    private void Begin(string key)
    {
        json.WriteStartObject();
        if (prefix.Length == 0)
        {
            json.WriteString("key"u8, key);
        }
        else
        {
            var length = prefix.Length + key.Length;
            var whole = length <= 256 ? stackalloc char[256] : new char[length];
            prefix.CopyTo(whole);
            key.CopyTo(whole[prefix.Length..]);
            json.WriteString("key"u8, whole[..length]);
        }

        json.WriteStartObject("value"u8);
    }

    private void End()
    {
        json.WriteEndObject();
        json.WriteEndObject();
    }
}
