namespace LlmObservability.Segments;

/// <summary>The segment that is being written, and its file. For one thread at a time.</summary>
internal sealed class SegmentTail : IDisposable
{
    // How much more of the file must be on disk before another mark says so.
    private const long MarkDistance = 64 * 1024;

    private readonly ISegmentFile _file;
    private readonly uint _seed;
    private long _marked = SegmentFormat.HeaderBytes;

    private SegmentTail(ISegmentFile file, SegmentHeader header)
    {
        _file = file;
        _seed = SegmentFormat.Seed(header.LogId);
        Segment = new Segment(header, SegmentFormat.HeaderBytes);
    }

    public Segment Segment { get; }

    /// <summary>Bytes written to files so far: headers, marks and records.</summary>
    public long Written { get; private set; } = SegmentFormat.HeaderBytes;

    /// <summary>Creates a segment that survives a loss of power.</summary>
    public static SegmentTail Begin(ISegmentFiles files, SegmentHeader header)
    {
        var name = header.Name.ToString();
        var file = files.Create(name);
        try
        {
            Span<byte> bytes = stackalloc byte[SegmentFormat.HeaderBytes];
            header.Write(bytes);
            file.Write(bytes, 0);
            file.FlushToDisk();
            files.FlushDirectory();
            return new SegmentTail(file, header);
        }
        catch
        {
            file.Dispose();
            TryDelete(files, name);
            throw;
        }
    }

    /// <summary>Writes a block behind what is there. After an exception the same can be tried again.</summary>
    public void Write(RecordBlock block)
    {
        var offset = Segment.Length;
        var mark = Segment.Synced >= _marked + MarkDistance;
        if (mark)
        {
            WriteMark(offset, block.First);
            offset += SegmentMark.Bytes;
        }

        _file.Write(block.Bytes, offset);
        if (mark)
        {
            _marked = Segment.Synced;
            Written += SegmentMark.Bytes;
        }

        Written += block.Length;
        Segment.End = block.End;
        Segment.Length = offset + block.Length;
    }

    public void FlushToDisk()
    {
        var length = Segment.Length;
        _file.FlushToDisk();
        Segment.Synced = length;
    }

    /// <summary>Leaves word that everything is on disk, if it is. Not flushed: when it is lost, nothing else is.</summary>
    public void MarkEnd(long next)
    {
        if (Segment.Synced == Segment.Length && Segment.Synced > _marked)
        {
            WriteMark(Segment.Synced, next);
            Segment.Length += SegmentMark.Bytes;
        }
    }

    public void Dispose() => _file.Dispose();

    private void WriteMark(long offset, long next)
    {
        Span<byte> bytes = stackalloc byte[SegmentMark.Bytes];
        new SegmentMark(Segment.Synced, next).Write(bytes, _seed);
        _file.Write(bytes, offset);
    }

    private static void TryDelete(ISegmentFiles files, string name)
    {
        try
        {
            files.Delete(name);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // The next opening deletes it.
        }
    }
}
