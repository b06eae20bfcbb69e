using LlmObservability.Segments;
using LlmObservability.Sinks;
using LlmObservability.Spool;

namespace LlmObservability.Pipeline;

/// <summary>
/// Moves envelopes from the queue into the spool: all of them, at once, or in trouble only, as the durability says. For the
/// pump alone.
/// </summary>
internal sealed class SpoolStage(
    SinkParts parts, Intake intake, Settling settling, SinkSpool spool, BatchWriter writer, Guid writerId)
{
    // So many are logged before the sink gets its turn again.
    private const int MostAtOnce = 128;

    // Spilling begins here, so that the other half of the queue takes what comes while the disk is written.
    private const double SpillFullness = 0.5;

    private readonly bool _releases =
        spool.Durability == LlmDurability.WriteAheadSynchronous && parts.Options.Acknowledgement == LlmAcknowledgement.Background;

    private bool _isSpilling;

    /// <summary>Logs what the queue holds, where that is to be done.</summary>
    /// <param name="delivery">What is under way to the sink.</param>
    /// <returns>Whether there is more.</returns>
    public bool Run(Delivery? delivery)
    {
        var more = false;
        if (IsToRun(delivery) && spool.CanAppend)
        {
            if (!spool.LogsAlways && !_isSpilling)
            {
                _isSpilling = true;
                parts.Logger.Spilling(parts.Sink);
            }

            Log(delivery);
            more = LogQueued();
            spool.WantFlush(settling.Numbered);
        }

        if (_releases)
        {
            // What went to the sink without the log waits for the sink.
            settling.Release(Math.Min(spool.FlushedMark, delivery is { Batch: { } batch, IsInSpool: false } ? batch.FirstSequence - 1 : settling.Numbered));
        }

        return more;
    }

    /// <summary>A delivery ended: the trouble may be over.</summary>
    public void Delivered()
    {
        if (_isSpilling && !spool.HasBacklog && writer.Fault is null)
        {
            _isSpilling = false;
            parts.Logger.SpillingEnded(parts.Sink);
        }
    }

    /// <summary>Logs, at the end, what is in memory alone. Closing the spool brings it to disk.</summary>
    /// <param name="left">A batch that did not reach the sink.</param>
    /// <param name="settled">How many of its first envelopes did.</param>
    /// <returns>How many of the batch could not be logged.</returns>
    public int LogRest(Delivery? left, int settled)
    {
        var rest = left is { Batch: { } batch, IsInSpool: false } ? batch.Envelopes.Count - settled : 0;
        if (!spool.CanAppend)
        {
            return rest;
        }

        if (rest > 0)
        {
            left!.Batch = left.Batch!.Slice(settled, rest);
            left.IsLogTried = false;
            Log(left);
            rest = left.IsLogged ? 0 : rest;
        }

        while (LogQueued())
        {
            // Until the queue is empty, or the log's memory full.
        }

        return rest;
    }

    private bool IsToRun(Delivery? delivery)
    {
        return (intake.HasAny || delivery is { IsToLog: true }) && (spool.LogsAlways || _isSpilling || MustSpill(delivery));
    }

    private bool MustSpill(Delivery? delivery)
    {
        return writer.Fault is not null
            || (delivery is not null && (parts.Watch.QueueFullness >= SpillFullness || parts.Watch.OldestAge >= parts.Options.SpillAfter));
    }

    /// <summary>Logs what is being written: it is older than all that waits. Its numbers tell the sink, should it come again.</summary>
    private void Log(Delivery? delivery)
    {
        if (delivery is not { IsToLog: true, Batch: { } batch })
        {
            return;
        }

        delivery.IsLogTried = true;
        var isNext = !spool.HasBacklog;
        var now = parts.Time.GetUtcNow();
        for (var i = 0; i < batch.Envelopes.Count; i++)
        {
            if (spool.TryAppend(batch.WriterId, batch.FirstSequence + i, now, new QueuedEnvelope(batch.Envelopes[i], 0, null)) != AppendOutcome.Appended)
            {
                return;
            }
        }

        delivery.IsLogged = true;
        // It may have gone ahead of what the disk had not taken; then it comes again behind that, and is recognised.
        if (isNext)
        {
            delivery.Through = spool.LastPosition;
            spool.Handed(delivery.Through, batch);
        }
    }

    /// <summary>Logs what is queued. True when there is more that the log takes now.</summary>
    private bool LogQueued()
    {
        var now = parts.Time.GetUtcNow();
        for (var count = 0; count < MostAtOnce; count++)
        {
            if (!intake.TryTake(out var entry))
            {
                intake.Taken();
                return false;
            }

            switch (spool.TryAppend(writerId, settling.Numbered + 1, now, entry))
            {
                case AppendOutcome.Appended:
                    settling.Number(entry.Waiter);
                    break;
                case AppendOutcome.TooLarge:
                    TooLarge(entry);
                    break;
                default:
                    intake.GiveBack(entry);
                    intake.Taken();
                    return false;
            }
        }

        intake.Taken();
        return true;
    }

    private void TooLarge(in QueuedEnvelope entry)
    {
        entry.Waiter?.Settle();
        if (parts.Counters.Dropped(LlmDropReason.Poison))
        {
            parts.Logger.FirstDrop(parts.Sink, LlmDropReason.Poison);
        }
    }
}
