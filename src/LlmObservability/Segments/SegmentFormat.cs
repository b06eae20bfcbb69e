using System.Buffers.Binary;

namespace LlmObservability.Segments;

/// <summary>The bytes of a record, as FORMAT.md describes them.</summary>
internal static class SegmentFormat
{
    public const int Version = 1;
    public const int HeaderBytes = 64;
    public const int RecordHeaderBytes = 9;
    public const int MaxPayloadBytes = 16 * 1024 * 1024;

    /// <summary>The lowest and highest kind of those who use the log.</summary>
    public const byte FirstKind = 1;
    public const byte LastKind = 239;

    /// <summary>The log's own kind for <see cref="SegmentMark"/>.</summary>
    public const byte MarkKind = 255;

    /// <summary>How far positions leap when a log is opened again: more than one segment holds records.</summary>
    public const long Leap = 1L << 32;

    /// <summary>No position that a name or a state tells lies beyond; what does is not this log's.</summary>
    public const long MaxPosition = 1L << 62;

    /// <summary>The checksum's state after the log's id: the same for all its records.</summary>
    public static uint Seed(Guid logId)
    {
        Span<byte> id = stackalloc byte[16];
        logId.TryWriteBytes(id);
        return Crc32C.Update(Crc32C.Start, id);
    }

    /// <summary>The checksum's state after everything but the position.</summary>
    public static uint Digest(uint seed, byte kind, ReadOnlySpan<byte> payload) =>
        Crc32C.Update(Crc32C.Update(Crc32C.Update(seed, (uint)payload.Length), kind), payload);

    public static uint Checksum(uint digest, long position) => Crc32C.Finish(Crc32C.Update(digest, position));

    /// <summary>Writes a record whose digest is known.</summary>
    public static void WriteRecord(Span<byte> target, uint digest, byte kind, long position, ReadOnlySpan<byte> payload)
    {
        BinaryPrimitives.WriteInt32LittleEndian(target, payload.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(target[4..], Checksum(digest, position));
        target[8] = kind;
        payload.CopyTo(target[RecordHeaderBytes..]);
    }

    /// <summary>Whether these bytes, header and payload, are the record at a position.</summary>
    public static bool IsRecord(ReadOnlySpan<byte> record, uint seed, long position) =>
        record[8] != 0 &&
        BinaryPrimitives.ReadUInt32LittleEndian(record[4..]) ==
            Checksum(Digest(seed, record[8], record[RecordHeaderBytes..]), position);
}
