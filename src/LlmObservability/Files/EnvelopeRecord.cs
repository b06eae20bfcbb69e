using System.Buffers;
using System.Buffers.Binary;
using LlmObservability.Segments;
using LlmObservability.Sinks;

namespace LlmObservability.Files;

/// <summary>
/// A record of the file store: its kind tells what the envelope is, its payload begins with 40 bytes by which it is found without
/// reading the rest, the envelope's serialised form.
/// </summary>
/// <remarks>
/// Bytes 0 to 15: the writer's id, most significant first. Then little-endian: 16 the number, 24 when it was written, 32 the call's
/// start, both in microseconds since 1970 in UTC.
/// </remarks>
internal readonly ref struct EnvelopeRecord
{
    public const int HeaderBytes = 40;

    public const byte CallKind = 1;
    public const byte AmendmentKind = 2;
    public const byte ToolCallKind = 3;

    private EnvelopeRecord(ReadOnlySpan<byte> payload)
    {
        WriterId = new Guid(payload[..16], bigEndian: true);
        Number = BinaryPrimitives.ReadInt64LittleEndian(payload[16..]);
        WrittenAt = BinaryPrimitives.ReadInt64LittleEndian(payload[24..]);
        CallStartedAt = BinaryPrimitives.ReadInt64LittleEndian(payload[32..]);
        Json = payload[HeaderBytes..];
    }

    public Guid WriterId { get; }

    public long Number { get; }

    public long WrittenAt { get; }

    public long CallStartedAt { get; }

    /// <summary>The envelope, as <see cref="LlmEnvelopeSerializer"/> wrote it.</summary>
    public ReadOnlySpan<byte> Json { get; }

    /// <summary>Microseconds since 1970.</summary>
    public static long ToMicroseconds(DateTimeOffset time) => (time.UtcTicks - DateTime.UnixEpoch.Ticks) / TimeSpan.TicksPerMicrosecond;

    /// <summary>Reads a record; false when it is of a kind that is not known here.</summary>
    public static bool TryRead(SegmentRecord record, out EnvelopeRecord read)
    {
        var known = record.Kind is CallKind or AmendmentKind or ToolCallKind && record.Payload.Length > HeaderBytes;
        read = known ? new EnvelopeRecord(record.Payload) : default;
        return known;
    }

    /// <summary>Writes a payload.</summary>
    /// <returns>Its kind.</returns>
    public static byte Write(IBufferWriter<byte> output, Guid writerId, long number, DateTimeOffset writtenAt, LlmEnvelope envelope)
    {
        var header = output.GetSpan(HeaderBytes);
        writerId.TryWriteBytes(header, bigEndian: true, out _);
        BinaryPrimitives.WriteInt64LittleEndian(header[16..], number);
        BinaryPrimitives.WriteInt64LittleEndian(header[24..], ToMicroseconds(writtenAt));
        BinaryPrimitives.WriteInt64LittleEndian(header[32..], ToMicroseconds(envelope.CallStartedAt));
        output.Advance(HeaderBytes);
        LlmEnvelopeSerializer.Serialize(output, envelope);
        return envelope switch
        {
            LlmAmendmentEnvelope => AmendmentKind,
            LlmToolCallEnvelope => ToolCallKind,
            _ => CallKind,
        };
    }
}
