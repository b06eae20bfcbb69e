using LlmObservability.Sinks;

namespace LlmObservability.Spool;

/// <summary>
/// The run of logged records that memory still holds, so that a sink that keeps up is never fed from disk: consecutive
/// positions, the oldest first, bounded. Where it ends the log goes on. Not thread-safe.
/// </summary>
internal sealed class SpoolWindow(int maxItems, long maxBytes)
{
    private readonly Queue<SpooledEnvelope> _run = new();
    private long _bytes;
    private long _end;

    public int Count => _run.Count;

    public long Bytes => _bytes;

    /// <summary>When the oldest was logged.</summary>
    public DateTimeOffset? OldestAt => _run.TryPeek(out var oldest) ? oldest.NumberedAt : null;

    /// <summary>Whether the window begins right behind a position.</summary>
    public bool Follows(long taken) => _run.TryPeek(out var oldest) && oldest.Position == taken + 1;

    /// <summary>Keeps a record if it goes on where the window ends, or where everything before was taken.</summary>
    public void Add(in SpooledEnvelope record, long taken)
    {
        var follows = _run.Count == 0 ? taken + 1 == record.Position : _end == record.Position - 1;
        if (follows && _run.Count < maxItems && _bytes + record.Bytes <= maxBytes)
        {
            _run.Enqueue(record);
            _bytes += record.Bytes;
            _end = record.Position;
        }
    }

    /// <summary>Takes a batch from the front, and says where it ends: no number is left out in it.</summary>
    public LlmBatch Take(int items, long bytes, out long through)
    {
        var first = _run.Peek();
        List<LlmEnvelope> envelopes = new(Math.Min(items, _run.Count));
        through = first.Position - 1;
        for (long taken = 0; envelopes.Count < items && taken < bytes && _run.TryPeek(out var record) && record.Sequence == first.Sequence + envelopes.Count;)
        {
            _run.Dequeue();
            envelopes.Add(record.Envelope);
            through = record.Position;
            taken += record.Bytes;
            _bytes -= record.Bytes;
        }

        return new LlmBatch(first.Writer, first.Sequence, envelopes);
    }

    /// <summary>Forgets what stands before a position: a bound dropped it.</summary>
    public void Forget(long before)
    {
        while (_run.TryPeek(out var oldest) && oldest.Position < before)
        {
            _bytes -= _run.Dequeue().Bytes;
        }
    }
}
