namespace LlmObservability.Segments;

/// <summary>What is known of one segment. Flags and figures are read by any thread.</summary>
internal sealed class Segment(SegmentHeader header, long length)
{
    private long _length = length;
    private long _end = header.Continues;
    private volatile bool _isLive;
    private volatile bool _isRemoved;
    private volatile SegmentDamage? _damage;

    public SegmentHeader Header { get; } = header;

    public string File { get; } = header.Name.ToString();

    public uint Sequence => Header.Name.Sequence;

    public long First => Header.Name.First;

    /// <summary>Bytes of the file that hold header and records, as far as may be read.</summary>
    public long Length
    {
        get => Volatile.Read(ref _length);
        set => Volatile.Write(ref _length, value);
    }

    /// <summary>Bytes of the file that are known to be on disk. Only for who writes it, or brings it to its end.</summary>
    public long Synced { get; set; } = SegmentFormat.HeaderBytes;

    /// <summary>The position after its last record; not above <see cref="First"/> when it holds none.</summary>
    public long End
    {
        get => Volatile.Read(ref _end);
        set => Volatile.Write(ref _end, value);
    }

    /// <summary>It is being written.</summary>
    public bool IsLive
    {
        get => _isLive;
        set => _isLive = value;
    }

    /// <summary>Its file is deleted or put aside.</summary>
    public bool IsRemoved
    {
        get => _isRemoved;
        set => _isRemoved = value;
    }

    /// <summary>Found by a reader while it was being written.</summary>
    public SegmentDamage? Damage
    {
        get => _damage;
        set => _damage = value;
    }

    public bool IsEmpty => End <= First;
}
