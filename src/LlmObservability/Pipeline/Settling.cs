using System.Collections.Concurrent;

namespace LlmObservability.Pipeline;

/// <summary>
/// Who waits for what: flushes for all that was let in before them, calls for their own envelope. Envelopes are numbered in the
/// order in which they leave the queue, and settled in that order too. For the pump alone, but <see cref="FlushAsync"/>.
/// </summary>
internal sealed class Settling(EnvelopeQueue queue)
{
    private readonly ConcurrentQueue<OpenFlush> _flushes = new();
    private readonly Queue<(long Sequence, CommitWaiter Waiter)> _calls = new();

    /// <summary>The last number given.</summary>
    public long Numbered { get; private set; }

    /// <summary>Everything up to this number is written or dropped.</summary>
    public long Settled { get; private set; }

    /// <summary>Whether a flush is open.</summary>
    public bool IsFlushing => !_flushes.IsEmpty;

    /// <summary>Whether a flush still waits for envelopes to leave the queue.</summary>
    public bool IsWaitingForQueue => _flushes.TryPeek(out var flush) && flush.Admitted > queue.Removed;

    public Task FlushAsync()
    {
        var flush = new OpenFlush(queue.Admitted);
        _flushes.Enqueue(flush);
        return flush.Task;
    }

    /// <summary>Gives the next number to an envelope.</summary>
    public void Number(CommitWaiter? waiter)
    {
        Numbered++;
        if (waiter is not null)
        {
            _calls.Enqueue((Numbered, waiter));
        }
    }

    /// <summary>Lets those calls go on that wait for envelopes up to a number.</summary>
    public void Release(long through)
    {
        while (_calls.TryPeek(out var call) && call.Sequence <= through)
        {
            _calls.Dequeue().Waiter.Settle();
        }
    }

    /// <summary>Lets those calls go on whose envelopes went ahead of earlier ones that are not settled.</summary>
    public void Release(long first, long last)
    {
        for (var count = _calls.Count; count > 0; count--)
        {
            var call = _calls.Dequeue();
            if (call.Sequence >= first && call.Sequence <= last)
            {
                call.Waiter.Settle();
            }
            else
            {
                _calls.Enqueue(call);
            }
        }
    }

    /// <summary>Everything up to a number is written or dropped.</summary>
    public void Settle(long through)
    {
        Settled = Math.Max(Settled, through);
        Release(Settled);
    }

    /// <summary>Answers the flushes whose envelopes are all settled.</summary>
    /// <param name="isHolding">Whether one has left the queue that is still to be numbered.</param>
    public void AnswerFlushes(bool isHolding)
    {
        while (_flushes.TryPeek(out var flush) && flush.Admitted <= queue.Removed)
        {
            if (flush.LastSequence == 0)
            {
                if (isHolding)
                {
                    return;
                }

                flush.LastSequence = Numbered;
            }

            if (flush.LastSequence > Settled)
            {
                return;
            }

            _flushes.TryDequeue(out _);
            flush.Answer();
        }
    }

    /// <summary>The pump ends: nobody waits any longer.</summary>
    public void End()
    {
        Settle(Numbered);
        while (_flushes.TryDequeue(out var flush))
        {
            flush.Answer();
        }
    }
}
