using System.Buffers.Binary;

namespace LlmObservability.Segments;

/// <summary>The first bytes of a segment.</summary>
/// <param name="LogId">The log's id.</param>
/// <param name="Name">Sequence number and first position.</param>
/// <param name="Continues">The position at which the log ended when the segment was begun.</param>
/// <param name="Created">When it was begun.</param>
internal sealed record SegmentHeader(Guid LogId, SegmentName Name, long Continues, DateTimeOffset Created)
{
    /// <summary>The longest header that any version has.</summary>
    public const int MaxBytes = 512;

    private static ReadOnlySpan<byte> Magic => "LLMSEG\r\n"u8;

    public void Write(Span<byte> target)
    {
        target[..SegmentFormat.HeaderBytes].Clear();
        Magic.CopyTo(target);
        BinaryPrimitives.WriteUInt16LittleEndian(target[12..], SegmentFormat.Version);
        BinaryPrimitives.WriteUInt16LittleEndian(target[14..], SegmentFormat.HeaderBytes);
        LogId.TryWriteBytes(target[16..]);
        BinaryPrimitives.WriteInt64LittleEndian(target[32..], Name.First);
        BinaryPrimitives.WriteInt64LittleEndian(target[40..], Continues);
        BinaryPrimitives.WriteInt64LittleEndian(target[48..], (Created.UtcTicks - DateTime.UnixEpoch.Ticks) / TimeSpan.TicksPerMicrosecond);
        BinaryPrimitives.WriteUInt32LittleEndian(target[56..], Name.Sequence);
        BinaryPrimitives.WriteUInt32LittleEndian(target[8..], Crc32C.Of(target[12..SegmentFormat.HeaderBytes]));
    }

    /// <summary>Reads a header.</summary>
    /// <param name="source">The file's first bytes, as many as there are up to <see cref="MaxBytes"/>.</param>
    /// <param name="version">The header's version, 0 when it is none.</param>
    /// <returns>The header when it is valid and of this version, otherwise null.</returns>
    public static SegmentHeader? Read(ReadOnlySpan<byte> source, out int version)
    {
        version = 0;
        if (source.Length < SegmentFormat.HeaderBytes || !source.StartsWith(Magic))
        {
            return null;
        }

        var length = BinaryPrimitives.ReadUInt16LittleEndian(source[14..]);
        if (length < SegmentFormat.HeaderBytes || length > source.Length ||
            BinaryPrimitives.ReadUInt32LittleEndian(source[8..]) != Crc32C.Of(source[12..length]))
        {
            return null;
        }

        version = BinaryPrimitives.ReadUInt16LittleEndian(source[12..]);
        var first = BinaryPrimitives.ReadInt64LittleEndian(source[32..]);
        var continues = BinaryPrimitives.ReadInt64LittleEndian(source[40..]);
        var created = BinaryPrimitives.ReadInt64LittleEndian(source[48..]);
        if (version != SegmentFormat.Version || continues < 1 || continues > first || created is < 0 or > 1L << 56)
        {
            return null;
        }

        return new SegmentHeader(
            new Guid(source[16..32]),
            new SegmentName(BinaryPrimitives.ReadUInt32LittleEndian(source[56..]), first),
            continues,
            DateTimeOffset.UnixEpoch.AddTicks(created * TimeSpan.TicksPerMicrosecond));
    }
}
