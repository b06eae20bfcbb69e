namespace LlmObservability.Segments;

/// <summary>
/// Records that are not confirmed on disk: those that wait to be written, and behind them, in the order of positions, those that were
/// written to the current file. Any thread appends; one flush at a time does the rest.
/// </summary>
internal sealed class PendingRecords(int blockBytes, int maxBytes, uint seed, long first) : IDisposable
{
    private readonly object _gate = new();

    // Those written come first. The last one takes more records until it is written.
    private readonly List<RecordBlock> _blocks = [];
    private bool _isLastOpen;
    private int _written;
    private long _writtenBytes;
    private long _bytes;
    private long _next = first;
    private bool _closed;

    /// <summary>The position that the next record gets.</summary>
    public long Next => Interlocked.Read(ref _next);

    /// <summary>Bytes of memory held.</summary>
    public long Bytes => Interlocked.Read(ref _bytes);

    /// <summary>Bytes of memory held for records that were written and are not confirmed.</summary>
    public long WrittenBytes => _writtenBytes;

    public AppendOutcome TryAppend(byte kind, ReadOnlySpan<byte> payload, out long position)
    {
        position = 0;
        var size = SegmentFormat.RecordHeaderBytes + payload.Length;
        if (payload.Length > SegmentFormat.MaxPayloadBytes || size > maxBytes)
        {
            return AppendOutcome.TooLarge;
        }

        // The long part of the checksum is made before the lock; the position comes last in it.
        var digest = SegmentFormat.Digest(seed, kind, payload);
        lock (_gate)
        {
            if (_closed)
            {
                return AppendOutcome.Closed;
            }

            if (!_isLastOpen || !_blocks[^1].Fits(size))
            {
                var capacity = Math.Max(Math.Min(blockBytes, maxBytes), size);
                if (_bytes + capacity > maxBytes)
                {
                    return AppendOutcome.Full;
                }

                _blocks.Add(new RecordBlock(capacity, _next));
                _isLastOpen = true;
                Interlocked.Exchange(ref _bytes, _bytes + capacity);
            }

            position = _next;
            _blocks[^1].Append(digest, kind, payload);
            Interlocked.Exchange(ref _next, position + 1);
            return AppendOutcome.Appended;
        }
    }

    /// <summary>The next block to write, of those that start before a position. It takes no more records.</summary>
    public RecordBlock? Peek(long before)
    {
        lock (_gate)
        {
            if (_written >= _blocks.Count || _blocks[_written].First >= before)
            {
                return null;
            }

            _isLastOpen &= _written < _blocks.Count - 1;
            return _blocks[_written];
        }
    }

    /// <summary>Notes that the block peeked at is in the file.</summary>
    public void Written()
    {
        lock (_gate)
        {
            _writtenBytes += _blocks[_written++].Capacity;
        }
    }

    /// <summary>Lets go of everything written: it is on disk.</summary>
    /// <returns>The last position confirmed, or 0 when nothing was written.</returns>
    public long Confirm()
    {
        lock (_gate)
        {
            if (_written == 0)
            {
                return 0;
            }

            var last = _blocks[_written - 1].End - 1;
            for (var i = 0; i < _written; i++)
            {
                _blocks[i].Dispose();
            }

            _blocks.RemoveRange(0, _written);
            Interlocked.Exchange(ref _bytes, _bytes - _writtenBytes);
            (_written, _writtenBytes) = (0, 0);
            return last;
        }
    }

    /// <summary>Takes everything not confirmed as not written.</summary>
    public void Rewind()
    {
        lock (_gate)
        {
            (_written, _writtenBytes) = (0, 0);
        }
    }

    /// <summary>The first position that is not confirmed: the next one, when all are.</summary>
    public long FirstUnconfirmed()
    {
        lock (_gate)
        {
            return _blocks.Count > 0 ? _blocks[0].First : _next;
        }
    }

    public void Close()
    {
        lock (_gate)
        {
            _closed = true;
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            _closed = true;
            _blocks.ForEach(block => block.Dispose());
            _blocks.Clear();
        }
    }
}
