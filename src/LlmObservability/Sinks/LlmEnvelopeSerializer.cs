using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace LlmObservability.Sinks;

/// <summary>
/// The serialised form of an envelope: one JSON object in UTF-8, as docs/envelope.md describes it. Written and read by
/// hand, without reflection. Thread-safe.
/// </summary>
public static class LlmEnvelopeSerializer
{
    /// <summary>The form's version, written as <c>v</c>. It rises only when a reader of the old form would be misled.</summary>
    public const int Version = 1;

    /// <summary>The word of a call's envelope.</summary>
    internal const string CallKind = "call";

    /// <summary>The word of an amendment's envelope.</summary>
    internal const string AmendmentKind = "amendment";

    /// <summary>The word of a tool call's own envelope.</summary>
    internal const string ToolCallKind = "tool_call";

    internal static readonly JsonWriterOptions WriterOptions = new()
    {
        // The form stands in files and columns, never inside HTML: quotes and control characters are escaped, letters are not.
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        SkipValidation = true,
    };

    /// <summary>Writes an envelope as one JSON object, without a line break.</summary>
    /// <param name="output">Takes the bytes.</param>
    /// <param name="envelope">The envelope.</param>
    public static void Serialize(IBufferWriter<byte> output, LlmEnvelope envelope)
    {
        ArgumentNullException.ThrowIfNull(output);
        ArgumentNullException.ThrowIfNull(envelope);
        using var json = new Utf8JsonWriter(output, WriterOptions);
        Serialize(json, envelope);
    }

    /// <summary>As <see cref="Serialize(IBufferWriter{byte}, LlmEnvelope)"/>, with a writer that is used again and again.</summary>
    internal static void Serialize(Utf8JsonWriter json, LlmEnvelope envelope)
    {
        json.WriteStartObject();
        json.WriteNumber("v"u8, Version);
        switch (envelope)
        {
            case LlmCallEnvelope call:
                json.WriteString("kind"u8, CallKind);
                EnvelopeWriter.Write(json, call);
                break;
            case LlmToolCallEnvelope toolCall:
                json.WriteString("kind"u8, ToolCallKind);
                EnvelopeWriter.Write(json, toolCall);
                break;
            case LlmAmendmentEnvelope amendment:
                json.WriteString("kind"u8, AmendmentKind);
                EnvelopeWriter.Write(json, amendment.Amendment);
                break;
            default:
                throw new ArgumentException("The envelope's kind has no serialised form.", nameof(envelope));
        }

        json.WriteEndObject();
        json.Flush();
    }

    /// <summary>Reads one envelope.</summary>
    /// <param name="utf8">Exactly one JSON object; white space around it is allowed.</param>
    /// <returns>The envelope, or null when its kind or version is not known to this reader and should be skipped.</returns>
    /// <exception cref="LlmFormatException">The bytes are no such object, or lack what its kind needs.</exception>
    public static LlmEnvelope? Deserialize(ReadOnlySpan<byte> utf8)
    {
        try
        {
            return EnvelopeReader.FindKind(utf8) switch
            {
                CallKind => EnvelopeReader.ReadCall(utf8),
                AmendmentKind => EnvelopeReader.ReadAmendment(utf8),
                ToolCallKind => EnvelopeReader.ReadToolCall(utf8),
                _ => null,
            };
        }
        catch (JsonException exception)
        {
            throw new LlmFormatException(
                $"The envelope is not well-formed JSON at line {exception.LineNumber + 1}, byte {exception.BytePositionInLine}.");
        }
        catch (InvalidOperationException)
        {
            // What the JSON reader throws for a value of another type and for text that is not UTF-8.
            throw new LlmFormatException("The envelope holds a value of the wrong type or text that is not UTF-8.");
        }
    }
}
