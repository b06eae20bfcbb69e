using System.Buffers.Binary;

namespace LlmObservability.Segments;

/// <summary>The small file that tells where reading starts: two slots, written in turn and in place. For one thread at a time.</summary>
internal sealed class SegmentState : IDisposable
{
    public const string Name = "log.state";

    private const int SlotBytes = 64;
    private const int SlotDistance = 4096;

    private readonly ISegmentFile _file;
    private long _number;

    private SegmentState(ISegmentFile file) => _file = file;

    /// <summary>The log's id; empty when no slot was valid.</summary>
    public Guid LogId { get; private set; }

    /// <summary>Records before this position are not needed.</summary>
    public long Start { get; private set; } = 1;

    /// <summary>No position up to this one, and none of the <see cref="SegmentFormat.Leap"/> after it, is given out again.</summary>
    public long Floor { get; private set; }

    private static ReadOnlySpan<byte> Magic => "LLMSTATE"u8;

    /// <summary>Opens or creates the file.</summary>
    /// <param name="files">The directory.</param>
    /// <param name="exists">Whether the file is there.</param>
    public static SegmentState Open(ISegmentFiles files, bool exists)
    {
        var state = new SegmentState(exists ? files.Open(Name) : files.Create(Name));
        try
        {
            state.Read(0);
            state.Read(SlotDistance);
            state.Reserve();
        }
        catch
        {
            state.Dispose();
            throw;
        }

        return state;
    }

    /// <summary>Returns when the state is on disk.</summary>
    public void Save(Guid logId, long start, long floor)
    {
        Span<byte> slot = stackalloc byte[SlotBytes];
        slot.Clear();
        Magic.CopyTo(slot);
        var number = _number + 1;
        BinaryPrimitives.WriteInt32LittleEndian(slot[12..], SegmentFormat.Version);
        BinaryPrimitives.WriteInt64LittleEndian(slot[16..], number);
        logId.TryWriteBytes(slot[24..]);
        BinaryPrimitives.WriteInt64LittleEndian(slot[40..], start);
        BinaryPrimitives.WriteInt64LittleEndian(slot[48..], floor);
        BinaryPrimitives.WriteUInt32LittleEndian(slot[8..], Crc32C.Of(slot[12..]));
        _file.Write(slot, number % 2 * SlotDistance);
        _file.FlushToDisk();
        (_number, LogId, Start, Floor) = (number, logId, start, floor);
    }

    public void Dispose() => _file.Dispose();

    /// <summary>Takes the room for both slots once, so that none is needed later.</summary>
    private void Reserve()
    {
        var length = _file.Length;
        if (length < SlotDistance + SlotBytes)
        {
            _file.Write(new byte[SlotDistance + SlotBytes - length], length);
        }
    }

    private void Read(long offset)
    {
        Span<byte> slot = stackalloc byte[SlotBytes];
        if (_file.Read(slot, offset) < SlotBytes || !slot.StartsWith(Magic) ||
            BinaryPrimitives.ReadUInt32LittleEndian(slot[8..]) != Crc32C.Of(slot[12..]))
        {
            return;
        }

        var number = BinaryPrimitives.ReadInt64LittleEndian(slot[16..]);
        var start = BinaryPrimitives.ReadInt64LittleEndian(slot[40..]);
        var floor = BinaryPrimitives.ReadInt64LittleEndian(slot[48..]);
        if (BinaryPrimitives.ReadInt32LittleEndian(slot[12..]) == SegmentFormat.Version && number > _number &&
            start is >= 1 and <= SegmentFormat.MaxPosition && floor is >= 0 and <= SegmentFormat.MaxPosition)
        {
            (_number, LogId, Start, Floor) = (number, new Guid(slot[24..40]), start, floor);
        }
    }
}
