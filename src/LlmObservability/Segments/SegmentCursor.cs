using System.Buffers;
using System.Buffers.Binary;

namespace LlmObservability.Segments;

/// <summary>Goes through one segment's records, checking each. Holds at most one record and one buffer. For one thread.</summary>
internal sealed class SegmentCursor(ISegmentFile file, uint seed, long first, bool ownsFile = true) : IDisposable
{
    private const int BufferBytes = 64 * 1024;

    private byte[] _buffer = ArrayPool<byte>.Shared.Rent(BufferBytes);
    private long _bufferedFrom;
    private int _buffered;
    private int _payloadLength;

    /// <summary>Where in the file the next record starts.</summary>
    public long Offset { get; private set; } = SegmentFormat.HeaderBytes;

    /// <summary>The position that the next record has.</summary>
    public long Next { get; private set; } = first;

    /// <summary>The position of the record found last.</summary>
    public long Position => Next - 1;

    /// <summary>Bytes of the file that were on disk, by the marks passed so far.</summary>
    public long Synced { get; private set; } = SegmentFormat.HeaderBytes;

    public byte Kind { get; private set; }

    /// <summary>The payload of the record found last; valid until the next step.</summary>
    public ReadOnlySpan<byte> Payload => _buffer.AsSpan((int)(Offset - _bufferedFrom) - _payloadLength, _payloadLength);

    /// <summary>Goes to the next record. After anything but a record the cursor stays where it was, and can be asked again.</summary>
    /// <param name="end">How many bytes of the file hold records; never fewer than when it was asked before, unless it was cut.</param>
    public CursorStep Step(long end)
    {
        while (Offset < end)
        {
            var room = end - Offset - SegmentFormat.RecordHeaderBytes;
            if (room < 0 || !Fill(SegmentFormat.RecordHeaderBytes, end))
            {
                return CursorStep.Damaged;
            }

            var length = BinaryPrimitives.ReadUInt32LittleEndian(At(SegmentFormat.RecordHeaderBytes));
            if (length > SegmentFormat.MaxPayloadBytes || length > room || !Fill(SegmentFormat.RecordHeaderBytes + (int)length, end))
            {
                return CursorStep.Damaged;
            }

            var record = At(SegmentFormat.RecordHeaderBytes + (int)length);
            if (!SegmentFormat.IsRecord(record, seed, Next))
            {
                // What was read may have been cut and written again since.
                _buffered = 0;
                return CursorStep.Damaged;
            }

            Offset += record.Length;
            if (record[8] == SegmentFormat.MarkKind)
            {
                Synced = Math.Max(Synced, SegmentMark.Read(record).Synced);
            }
            else if (record[8] <= SegmentFormat.LastKind)
            {
                Kind = record[8];
                Next++;
                _payloadLength = (int)length;
                return CursorStep.Record;
            }
        }

        return CursorStep.End;
    }

    public void Dispose()
    {
        if (ownsFile)
        {
            file.Dispose();
        }

        ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = [];
    }

    private ReadOnlySpan<byte> At(int length) => _buffer.AsSpan((int)(Offset - _bufferedFrom), length);

    /// <summary>Brings bytes from the current offset into the buffer, and no byte beyond the end: those may still change.</summary>
    private bool Fill(int length, long end)
    {
        var start = Offset - _bufferedFrom;
        if (start >= 0 && start + length <= _buffered)
        {
            return true;
        }

        if (start != 0 || length > _buffer.Length || _buffered == 0)
        {
            Move(length);
        }

        _buffered += file.Read(_buffer.AsSpan(_buffered, (int)Math.Min(_buffer.Length - _buffered, end - _bufferedFrom - _buffered)), _bufferedFrom + _buffered);
        return length <= _buffered;
    }

    /// <summary>Makes the current offset the buffer's start, keeping what is there of it; a large buffer is held only for a large record.</summary>
    private void Move(int length)
    {
        var start = Offset - _bufferedFrom;
        var kept = start >= 0 && start < _buffered ? _buffer.AsSpan((int)start, _buffered - (int)start) : default;
        if (length > _buffer.Length || _buffer.Length > 2 * Math.Max(length, BufferBytes))
        {
            var next = ArrayPool<byte>.Shared.Rent(Math.Max(length, BufferBytes));
            kept = kept[..Math.Min(kept.Length, next.Length)];
            kept.CopyTo(next);
            ArrayPool<byte>.Shared.Return(_buffer);
            _buffer = next;
        }
        else
        {
            kept.CopyTo(_buffer);
        }

        _buffered = kept.Length;
        _bufferedFrom = Offset;
    }
}
