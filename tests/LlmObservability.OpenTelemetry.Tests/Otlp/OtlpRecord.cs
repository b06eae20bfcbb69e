using System.Globalization;
using System.Text.Json;

namespace LlmObservability.OpenTelemetry.Tests.Otlp;

/// <summary>A log record or a span.</summary>
internal sealed class OtlpRecord(JsonElement json)
{
    public JsonElement Json => json;

    /// <summary>By key; a key that stands there twice fails.</summary>
    public Dictionary<string, JsonElement> Attributes => Read(json.GetProperty("attributes"));

    /// <summary>What makes it known: a log record's own id, or its span's.</summary>
    public string Uid => json.TryGetProperty("eventName", out _) ? Text("log.record.uid")! : $"{Field("traceId")}/{Field("spanId")}";

    public static Dictionary<string, JsonElement> Read(JsonElement attributes) =>
        attributes.EnumerateArray().ToDictionary(item => item.GetProperty("key").GetString()!, item => item.GetProperty("value"), StringComparer.Ordinal);

    /// <summary>The same as strings, string arrays, longs, doubles and bools.</summary>
    public IReadOnlyDictionary<string, object?> Values => Attributes.ToDictionary(pair => pair.Key, pair => Value(pair.Value), StringComparer.Ordinal);

    public string? Field(string name) => json.TryGetProperty(name, out var value) ? value.GetString() : null;

    public string? Text(string key) => Attributes.TryGetValue(key, out var value) ? value.GetProperty("stringValue").GetString() : null;

    public long? Integer(string key) =>
        Attributes.TryGetValue(key, out var value) ? long.Parse(value.GetProperty("intValue").GetString()!, CultureInfo.InvariantCulture) : null;

    public double? Number(string key) => Attributes.TryGetValue(key, out var value) ? value.GetProperty("doubleValue").GetDouble() : null;

    private static object? Value(JsonElement value)
    {
        var (kind, content) = value.EnumerateObject().Select(property => (property.Name, property.Value)).Single();
        return kind switch
        {
            "stringValue" => content.GetString(),
            "intValue" => long.Parse(content.GetString()!, CultureInfo.InvariantCulture),
            "doubleValue" => content.GetDouble(),
            "boolValue" => content.GetBoolean(),
            _ => content.GetProperty("values").EnumerateArray().Select(item => item.GetProperty("stringValue").GetString()!).ToArray(),
        };
    }
}
