using System.Buffers.Binary;

namespace LlmObservability.Segments;

/// <summary>A record of the log's own: so many bytes of this file were on disk when it was written.</summary>
/// <param name="Synced">Bytes.</param>
/// <param name="Position">The position of the record that comes next.</param>
internal readonly record struct SegmentMark(long Synced, long Position)
{
    public const int Bytes = SegmentFormat.RecordHeaderBytes + PayloadBytes;

    private const int PayloadBytes = 24;

    private static ReadOnlySpan<byte> Magic => [0x89, (byte)'S', (byte)'Y', (byte)'N', (byte)'C', (byte)'E', (byte)'D', 0x0A];

    public void Write(Span<byte> target, uint seed)
    {
        Span<byte> payload = stackalloc byte[PayloadBytes];
        Magic.CopyTo(payload);
        BinaryPrimitives.WriteInt64LittleEndian(payload[8..], Synced);
        BinaryPrimitives.WriteInt64LittleEndian(payload[16..], Position);
        SegmentFormat.WriteRecord(target, SegmentFormat.Digest(seed, SegmentFormat.MarkKind, payload), SegmentFormat.MarkKind, Position, payload);
    }

    /// <summary>What a record of a mark's kind says; nothing when it is of another length.</summary>
    public static SegmentMark Read(ReadOnlySpan<byte> record) => record.Length != Bytes
        ? default
        : new SegmentMark(
            BinaryPrimitives.ReadInt64LittleEndian(record[(SegmentFormat.RecordHeaderBytes + 8)..]),
            BinaryPrimitives.ReadInt64LittleEndian(record[(SegmentFormat.RecordHeaderBytes + 16)..]));

    /// <summary>Finds the first valid mark, wherever it starts.</summary>
    /// <returns>Where the search should go on: behind the mark, or, when there is none, where one may start that is cut off.</returns>
    public static int Find(ReadOnlySpan<byte> bytes, uint seed, out SegmentMark? mark)
    {
        var at = 0;
        while (true)
        {
            var hit = at + SegmentFormat.RecordHeaderBytes > bytes.Length ? -1 : bytes[(at + SegmentFormat.RecordHeaderBytes)..].IndexOf(Magic);
            if (hit < 0 || at + hit + Bytes > bytes.Length)
            {
                mark = null;
                return hit < 0 ? Math.Max(at, bytes.Length - Bytes + 1) : at + hit;
            }

            var record = bytes.Slice(at + hit, Bytes);
            var found = Read(record);
            at += hit + 1;
            if (record[8] == SegmentFormat.MarkKind && SegmentFormat.IsRecord(record, seed, found.Position))
            {
                mark = found;
                return at;
            }
        }
    }
}
