using System.Collections.Concurrent;

namespace LlmObservability.Pipeline;

/// <summary>
/// A queue bounded by items and by bytes: many writers, one reader. Writers never wait; what does not fit is handed back
/// to be counted.
/// </summary>
internal sealed class EnvelopeQueue(int maxItems, long maxBytes, LlmFullPolicy whenFull)
{
    private readonly ConcurrentQueue<QueuedEnvelope> _queue = new();
    private long _items;
    private long _bytes;
    private long _admitted;
    private long _removed;

    /// <summary>How many envelopes were ever let in; never less than the place of any that is.</summary>
    public long Admitted => Interlocked.Read(ref _admitted);

    /// <summary>How many left, taken or evicted; they leave in the order in which they came.</summary>
    public long Removed => Interlocked.Read(ref _removed);

    public long Items => Interlocked.Read(ref _items);

    public long Bytes => Interlocked.Read(ref _bytes);

    /// <summary>Adds an envelope.</summary>
    /// <param name="entry">The envelope.</param>
    /// <param name="evicted">Called with each envelope that had to give way, which may be <paramref name="entry"/> itself.</param>
    /// <returns>Whether <paramref name="entry"/> is in the queue.</returns>
    public bool TryEnqueue(QueuedEnvelope entry, Action<QueuedEnvelope> evicted)
    {
        while (true)
        {
            var items = Interlocked.Increment(ref _items);
            var bytes = Interlocked.Add(ref _bytes, entry.Bytes);
            if (items <= maxItems && bytes <= maxBytes)
            {
                Interlocked.Increment(ref _admitted);
                _queue.Enqueue(entry);
                return true;
            }

            Release(entry);
            if (whenFull == LlmFullPolicy.DropNewest || entry.Bytes > maxBytes || !TryDequeue(out var oldest))
            {
                evicted(entry);
                return false;
            }

            evicted(oldest);
        }
    }

    public bool TryDequeue(out QueuedEnvelope entry)
    {
        if (!_queue.TryDequeue(out entry))
        {
            return false;
        }

        Interlocked.Increment(ref _removed);
        Release(entry);
        return true;
    }

    private void Release(in QueuedEnvelope entry)
    {
        Interlocked.Decrement(ref _items);
        Interlocked.Add(ref _bytes, -entry.Bytes);
    }
}
