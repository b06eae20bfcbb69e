using System.Buffers.Text;
using System.Text.Json;

namespace LlmObservability.OpenTelemetry.Otlp;

/// <summary>The JSON encoding of OTLP: names in lowerCamelCase, 64-bit integers as decimal text, ids as hexadecimal text, enumerations as numbers.</summary>
internal static class OtlpJson
{
    private const long NanosPerTick = 100;

    /// <summary>Writes a 64-bit integer.</summary>
    public static void WriteInteger(this Utf8JsonWriter json, ReadOnlySpan<byte> name, long value)
    {
        Span<byte> text = stackalloc byte[20];
        Utf8Formatter.TryFormat(value, text, out var length);
        json.WriteString(name, text[..length]);
    }

    /// <summary>Writes a time in nanoseconds since 1970; what does not fit is cut to what does.</summary>
    public static void WriteTime(this Utf8JsonWriter json, ReadOnlySpan<byte> name, DateTimeOffset time)
    {
        var ticks = Math.Clamp(time.UtcTicks - DateTime.UnixEpoch.Ticks, 0, long.MaxValue / NanosPerTick);
        json.WriteInteger(name, ticks * NanosPerTick);
    }

    /// <summary>Writes a text that stands in a body or an attribute.</summary>
    public static void WriteText(this Utf8JsonWriter json, ReadOnlySpan<byte> name, ReadOnlySpan<char> text)
    {
        json.WriteStartObject(name);
        json.WriteString("stringValue"u8, text);
        json.WriteEndObject();
    }

    /// <summary>The end of something that began: never before it, never beyond what a time can be.</summary>
    public static DateTimeOffset EndOf(DateTimeOffset start, TimeSpan duration) =>
        duration <= TimeSpan.Zero ? start : duration > DateTimeOffset.MaxValue - start ? DateTimeOffset.MaxValue : start + duration;
}
