using System.Buffers;
using System.Buffers.Binary;
using System.Text.Json;
using LlmObservability.Sinks;

namespace LlmObservability.Spool;

/// <summary>
/// An envelope as it lies in the spool: whose number it has (16 bytes, as a UUID is written), the number (8 bytes,
/// little-endian), when it was given (8 bytes, microseconds since 1970 in UTC), and its serialised form. The number makes a
/// replay recognisable; it belongs to the envelope for ever, so it travels with it and not in a record of its own.
/// </summary>
internal static class SpoolRecord
{
    /// <summary>The kind of record in the log.</summary>
    public const byte Kind = 1;

    private const int NumberBytes = 32;

    /// <summary>Writes an envelope with its number.</summary>
    public static void Write(ArrayBufferWriter<byte> output, Utf8JsonWriter json, Guid writer, long sequence, DateTimeOffset numberedAt, LlmEnvelope envelope)
    {
        var number = output.GetSpan(NumberBytes);
        writer.TryWriteBytes(number, bigEndian: true, out _);
        BinaryPrimitives.WriteInt64LittleEndian(number[16..], sequence);
        BinaryPrimitives.WriteInt64LittleEndian(number[24..], (numberedAt - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond);
        output.Advance(NumberBytes);
        json.Reset(output);
        LlmEnvelopeSerializer.Serialize(json, envelope);
    }

    /// <summary>Reads one back; false when this version cannot: then it is passed over.</summary>
    public static bool TryRead(ReadOnlySpan<byte> payload, long position, out SpooledEnvelope read)
    {
        read = default;
        if (payload.Length < NumberBytes)
        {
            return false;
        }

        try
        {
            if (LlmEnvelopeSerializer.Deserialize(payload[NumberBytes..]) is not { } envelope)
            {
                return false;
            }

            var numberedAt = DateTimeOffset.UnixEpoch.AddTicks(BinaryPrimitives.ReadInt64LittleEndian(payload[24..]) * TimeSpan.TicksPerMicrosecond);
            read = new SpooledEnvelope(
                position, new Guid(payload[..16], bigEndian: true), BinaryPrimitives.ReadInt64LittleEndian(payload[16..]), numberedAt, envelope, payload.Length);
            return read.Sequence > 0;
        }
        catch (Exception error) when (error is LlmFormatException or ArgumentException)
        {
            return false;
        }
    }
}
