using System.Collections.Concurrent;
using LlmObservability.Segments;

namespace LlmObservability.Pipeline;

/// <summary>
/// A queue bounded by items and by bytes: many writers, one reader. Writers never wait in here; what does not fit is handed
/// back to be counted, or to come again when there is room.
/// </summary>
internal sealed class EnvelopeQueue(int maxItems, long maxBytes, LlmFullPolicy whenFull)
{
    private readonly ConcurrentQueue<QueuedEnvelope> _queue = new();
    private readonly Broadcast _room = new();
    private long _items;
    private long _bytes;
    private long _admitted;
    private long _removed;

    /// <summary>How many envelopes were ever let in; never less than the place of any that is.</summary>
    public long Admitted => Interlocked.Read(ref _admitted);

    /// <summary>How many left, taken or evicted; they leave in the order in which they came.</summary>
    public long Removed => Interlocked.Read(ref _removed);

    /// <summary>Whether there is nothing to take now.</summary>
    public bool IsEmpty => _queue.IsEmpty;

    public long Items => Interlocked.Read(ref _items);

    public long Bytes => Interlocked.Read(ref _bytes);

    /// <summary>Adds an envelope.</summary>
    /// <param name="entry">The envelope.</param>
    /// <param name="evicted">Called with each envelope that had to give way, which may be <paramref name="entry"/> itself.</param>
    public EnqueueOutcome Enqueue(QueuedEnvelope entry, Action<QueuedEnvelope> evicted)
    {
        while (true)
        {
            var items = Interlocked.Increment(ref _items);
            var bytes = Interlocked.Add(ref _bytes, entry.Bytes);
            if (items <= maxItems && bytes <= maxBytes)
            {
                Interlocked.Increment(ref _admitted);
                _queue.Enqueue(entry);
                return EnqueueOutcome.Queued;
            }

            Release(entry);
            if (whenFull == LlmFullPolicy.Wait && entry.Bytes <= maxBytes)
            {
                return EnqueueOutcome.Full;
            }

            if (whenFull != LlmFullPolicy.DropOldest || entry.Bytes > maxBytes || !TryDequeue(out var oldest))
            {
                evicted(entry);
                return EnqueueOutcome.Dropped;
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

    /// <summary>Ends when the reader has taken something next.</summary>
    public Task RoomAsync() => _room.Next();

    /// <summary>The reader has taken what it wants for now.</summary>
    public void TellRoom() => _room.Send();

    private void Release(in QueuedEnvelope entry)
    {
        Interlocked.Decrement(ref _items);
        Interlocked.Add(ref _bytes, -entry.Bytes);
    }
}
