using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using LlmObservability.Sinks;

namespace LlmObservability.Postgres;

/// <summary>An envelope that is put aside, in its serialised form as jsonb takes it, or as much of it as can be kept. Never throws.</summary>
internal static class PostgresRejectedRecord
{
    private const int MostBytes = 1024 * 1024;
    private const int LongestText = 1024;

    private static readonly JsonWriterOptions WriterOptions = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static string KindName(LlmEnvelope envelope) => envelope switch
    {
        LlmCallEnvelope => LlmEnvelopeSerializer.CallKind,
        LlmToolCallEnvelope => LlmEnvelopeSerializer.ToolCallKind,
        _ => LlmEnvelopeSerializer.AmendmentKind,
    };

    public static string Of(LlmEnvelope envelope)
    {
        try
        {
            var buffer = new ArrayBufferWriter<byte>(1024);
            LlmEnvelopeSerializer.Serialize(buffer, envelope);
            var written = buffer.WrittenCount <= MostBytes ? buffer : Shorten(buffer.WrittenSpan);
            return written.WrittenCount <= MostBytes ? WithoutNul(Encoding.UTF8.GetString(written.WrittenSpan)) : Identity(envelope);
        }
        catch (Exception)
        {
            // It holds what has no form in JSON either.
            return Identity(envelope);
        }
    }

    /// <summary>The same with each text cut to a length.</summary>
    private static ArrayBufferWriter<byte> Shorten(ReadOnlySpan<byte> json)
    {
        var shorter = new ArrayBufferWriter<byte>(64 * 1024);
        using var writer = new Utf8JsonWriter(shorter, WriterOptions);
        var reader = new Utf8JsonReader(json);
        while (reader.Read())
        {
            switch (reader.TokenType)
            {
                case JsonTokenType.StartObject:
                    writer.WriteStartObject();
                    break;
                case JsonTokenType.EndObject:
                    if (reader.CurrentDepth == 0)
                    {
                        writer.WriteBoolean("cut", true);
                    }

                    writer.WriteEndObject();
                    break;
                case JsonTokenType.StartArray:
                    writer.WriteStartArray();
                    break;
                case JsonTokenType.EndArray:
                    writer.WriteEndArray();
                    break;
                case JsonTokenType.PropertyName:
                    writer.WritePropertyName(Cut(reader.GetString()!));
                    break;
                case JsonTokenType.String:
                    writer.WriteStringValue(Cut(reader.GetString()!));
                    break;
                default:
                    writer.WriteRawValue(reader.ValueSpan);
                    break;
            }
        }

        writer.Flush();
        return shorter;
    }

    // The cut may halve a pair of surrogates.
    private static string Cut(string text) => text.Length <= LongestText ? text : StorableText.Clean(text[..LongestText]);

    private static string Identity(LlmEnvelope envelope)
    {
        var buffer = new ArrayBufferWriter<byte>(256);
        using var writer = new Utf8JsonWriter(buffer, WriterOptions);
        var prefix = envelope is LlmCallEnvelope ? "" : "call_";
        writer.WriteStartObject();
        writer.WriteNumber("v", LlmEnvelopeSerializer.Version);
        writer.WriteString("kind", KindName(envelope));
        writer.WriteString(prefix + "id", envelope.CallId);
        writer.WriteString(prefix + "started_at", envelope.CallStartedAt.ToUniversalTime());
        writer.WriteBoolean("cut", true);
        writer.WriteEndObject();
        writer.Flush();
        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    /// <summary>jsonb refuses the escape of U+0000. A backslash that is itself escaped does not begin one.</summary>
    private static string WithoutNul(string json)
    {
        const string nul = "\\u0000";
        if (!json.Contains(nul, StringComparison.Ordinal))
        {
            return json;
        }

        var text = new StringBuilder(json);
        for (var i = 0; i < json.Length; i++)
        {
            if (json[i] == '\\')
            {
                if (string.CompareOrdinal(json, i, nul, 0, nul.Length) == 0)
                {
                    text.Replace("0000", "FFFD", i + 2, 4);
                }

                i++;
            }
        }

        return text.ToString();
    }
}
