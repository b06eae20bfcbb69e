using LlmObservability.Sinks;
using LlmObservability.Spool;

namespace LlmObservability.Pipeline;

/// <summary>
/// One sink's loop: takes envelopes from the queue, gives them numbers, and brings them to the sink in that order, one batch at
/// a time; beside that into the spool, where there is one. All of it is the loop's own but <see cref="Wake"/>,
/// <see cref="Poll"/>, <see cref="CloseWithin"/> and <see cref="FlushAsync"/>.
/// </summary>
internal sealed class SinkPump
{
    private static readonly TimeSpan EndOfDelivery = TimeSpan.FromSeconds(1);

    private readonly SinkParts _parts;
    private readonly SinkSpool? _spool;
    private readonly SpoolStage? _stage;
    private readonly BatchWriter _writer;
    private readonly Transport _transport;
    private readonly LlmPipelineOptions _options;
    private readonly CancellationToken _draining;
    private readonly CancellationTokenSource _abort;
    private readonly Intake _intake;
    private readonly Settling _settling;
    private readonly PulseSignal _signal = new();
    private readonly Guid _writerId = Guid.NewGuid();
    private Delivery? _delivery;
    private int _woken;
    private volatile bool _isDue;
    private volatile int _closeMilliseconds = 2_000;

    public SinkPump(SinkParts parts, SinkSpool? spool, BatchWriter writer, CancellationTokenSource abort, CancellationToken draining)
    {
        (_parts, _options, _spool, _writer, _abort, _draining) = (parts, parts.Options, spool, writer, abort, draining);
        _intake = new Intake(parts.Queue);
        _settling = new Settling(parts.Queue);
        _transport = new Transport(parts, writer, spool, _signal.Set);
        _stage = spool is null ? null : new SpoolStage(parts, _intake, _settling, spool, writer, _writerId);
    }

    /// <summary>Says that the queue has something to do now. One wake for many callers: the loop looks again before it parks.</summary>
    /// <param name="isDue">Whether the sink is to be written now, not the log alone.</param>
    public void Wake(bool isDue)
    {
        if (isDue)
        {
            _isDue = true;
        }

        if (Interlocked.Exchange(ref _woken, 1) == 0)
        {
            _signal.Set();
        }
    }

    /// <summary>Says that the flush interval is over, or that something else changed.</summary>
    public void Poll()
    {
        _isDue = true;
        _signal.Set();
    }

    /// <summary>How long the end may take, once nothing is written any longer.</summary>
    public void CloseWithin(TimeSpan bound) => _closeMilliseconds = (int)bound.TotalMilliseconds;

    /// <summary>Is answered once all that was let in before is settled.</summary>
    public Task FlushAsync()
    {
        var flushed = _settling.FlushAsync();
        _signal.Set();
        return flushed;
    }

    public async Task RunAsync()
    {
        _delivery = _transport.Prepare();
        while (!_abort.IsCancellationRequested && !IsDrained())
        {
            var more = false;
            try
            {
                more = await PassAsync().ConfigureAwait(false);
            }
            catch (Exception error)
            {
                // A defect: the loop must outlive it, and parks so that it cannot spin.
                _parts.Logger.RecorderFailed(error.GetType().FullName, error.StackTrace);
            }

            if (!more && !_abort.IsCancellationRequested && !IsDrained())
            {
                await _signal.WaitAsync().ConfigureAwait(false);
            }
        }

        await CloseAsync().ConfigureAwait(false);
    }

    /// <summary>Does what is to be done now. True when there is more of it.</summary>
    private async Task<bool> PassAsync()
    {
        Interlocked.Exchange(ref _woken, 0);
        TakeNote();
        var more = false;
        if (_spool is not null)
        {
            // Before, for what the disk has done; after, for what it is to do.
            var isReading = _delivery is { FromDisk: true, IsNoted: false };
            _spool.Step(isReading);
            more = _stage!.Run(_delivery);
            _spool.Step(isReading);
        }

        var began = TryDeliver();
        if (_delivery is null && _spool is not { HasBacklog: true })
        {
            _settling.Settle(_settling.Numbered);
        }

        _settling.AnswerFlushes(_intake.IsHolding);
        if (more || began || _delivery is not null || !_settling.IsWaitingForQueue)
        {
            return more;
        }

        if (_spool is { Opened.IsCompleted: false } or { HasBacklog: true })
        {
            // The queue waits for the disk, and that tells when there is something to do.
            return false;
        }

        // A caller was let in before the flush and is about to enqueue.
        await Task.Yield();
        return true;
    }

    /// <summary>Looks at what is under way to the sink.</summary>
    private void TakeNote()
    {
        if (_delivery is not { } delivery)
        {
            return;
        }

        if (delivery is { FromDisk: true, IsRead: true, IsNoted: false, ReadFailure: null })
        {
            delivery.IsNoted = true;
            _spool!.Handed(delivery.Through, delivery.Batch);
        }

        if (delivery.Task.IsCompleted && (delivery.Batch is null || delivery.Task.Result.Settled == delivery.Batch.Envelopes.Count))
        {
            _delivery = null;
            Ended(delivery, delivery.Task.Result);
        }
    }

    private void Ended(Delivery delivery, BatchOutcome outcome)
    {
        _parts.Watch.BatchEnds();
        if (delivery.ReadFailure is { } failure)
        {
            _spool!.ReadFailed(failure);
            return;
        }

        if (outcome.Committed)
        {
            var took = _parts.Time.GetElapsedTime(delivery.Started);
            _parts.Counters.Flushed(took);
            _parts.Meter.BatchCommitted(took, _parts.Tag);
        }

        if (delivery.Batch is { } batch && batch.WriterId == _writerId)
        {
            if (delivery.IsAhead)
            {
                _settling.Release(batch.FirstSequence, batch.LastSequence);
            }
            else
            {
                _settling.Settle(batch.LastSequence);
            }
        }

        if (delivery.Through > 0)
        {
            _spool!.Settled(delivery.Through);
        }

        _stage?.Delivered();
    }

    /// <summary>Begins to write the next batch, if it is time to. What is logged goes before what is queued.</summary>
    private bool TryDeliver()
    {
        // What is in the spool already comes first, so its opening is waited for.
        if (_delivery is not null || _spool is { Opened.IsCompleted: false })
        {
            return false;
        }

        var isDue = _isDue || _settling.IsFlushing || _draining.IsCancellationRequested;
        _isDue = false;
        // What the disk was given and cannot give back yet holds up nobody: what comes later goes ahead of it.
        _delivery = _spool is { HasBacklog: true } spool && (spool.HasNext || spool.CanRead || spool.Fault is null)
            ? NextLogged(spool, isDue)
            : NextQueued(isDue);
        return _delivery is not null;
    }

    private Delivery? NextLogged(SinkSpool spool, bool isDue)
    {
        if (!spool.HasNext)
        {
            return spool.CanRead ? _transport.ReadAndWrite() : null;
        }

        if (!isDue && spool.NextCount < _options.MaxBatchItems)
        {
            return null;
        }

        var batch = spool.Take(out var through);
        return _transport.Write(batch, through);
    }

    private Delivery? NextQueued(bool isDue)
    {
        if (!isDue && !_intake.HasBatch(_options))
        {
            return null;
        }

        List<LlmEnvelope> envelopes = [];
        var (first, bytes) = (_settling.Numbered + 1, 0L);
        _parts.Watch.BatchBegins();
        while (envelopes.Count < _options.MaxBatchItems && bytes < _options.MaxBatchBytes && _intake.TryTake(out var entry))
        {
            envelopes.Add(entry.Envelope);
            bytes += entry.Bytes;
            _settling.Number(entry.Waiter);
        }

        if (envelopes.Count == 0)
        {
            _parts.Watch.BatchEnds();
            return null;
        }

        _intake.Taken();
        var delivery = _transport.Write(new LlmBatch(_writerId, first, envelopes), through: 0);
        delivery.IsAhead = _spool is { HasBacklog: true };
        return delivery;
    }

    /// <summary>Whether the pipeline stops and nothing is left to do: all is written, or on disk while the sink fails.</summary>
    private bool IsDrained()
    {
        if (!_draining.IsCancellationRequested || _intake.HasAny)
        {
            return false;
        }

        var isSafe = _spool is { IsOpen: true, IsFlushed: true } && _writer.Fault is not null;
        return _delivery is null
            ? isSafe || _spool is not { HasBacklog: true }
            : isSafe && _delivery is { Batch: null } or { IsInSpool: true };
    }

    private async Task CloseAsync()
    {
        await _abort.CancelAsync().ConfigureAwait(false);
        if (_delivery is not null)
        {
            // It ends with the token, but for a sink that blocks its thread.
            await ((Task)_delivery.Task).WaitAsync(EndOfDelivery, TimeProvider.System, CancellationToken.None)
                .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            TakeNote();
        }

        var settled = _delivery is { Task.IsCompleted: true } left ? (await left.Task.ConfigureAwait(false)).Settled : 0;
        long lost = _delivery is { Batch: { } batch, IsInSpool: false } ? batch.Envelopes.Count - settled : 0;
        if (_spool is not null)
        {
            using var ending = new CancellationTokenSource(TimeSpan.FromMilliseconds(_closeMilliseconds), TimeProvider.System);
            await _spool.EndWorkAsync(ending.Token).ConfigureAwait(false);
            lost = _stage!.LogRest(_delivery, settled);
            if (_intake.TryTakeHeld(out var held))
            {
                held.Waiter?.Settle();
                lost++;
            }

            var closed = await _spool.CloseAsync(ending.Token).ConfigureAwait(false);
            lost += closed.Lost;
            if (closed.Left > 0)
            {
                _parts.Logger.SpoolLeft(_parts.Sink, closed.Left);
            }
        }

        _parts.Counters.Dropped(LlmDropReason.Shutdown, lost);
        _parts.Watch.BatchEnds();
        _settling.End();
    }
}
