using LlmObservability.Segments;
using LlmObservability.Sinks;
using LlmObservability.Spool;
using Microsoft.Extensions.Logging;

namespace LlmObservability.Pipeline;

/// <summary>
/// The spool as a sink's pump uses it: opened when it can be, appended to while the disk takes it, handed on from memory or
/// read back, kept within its bounds. A disk that fails or hangs holds nobody up: what reaches it is done beside the pump,
/// one piece of work at a time, each bounded, tried again later, and told. For one caller at a time, but <see cref="Read"/>,
/// which is for one other, <see cref="Opened"/> and <see cref="Snapshot"/>.
/// </summary>
internal sealed class SinkSpool(
    string sink,
    LlmDurability durability,
    LlmPipelineOptions options,
    Func<ISegmentFiles> files,
    TimeProvider time,
    ILogger logger,
    SinkCounters counters,
    Action worked)
{
    private static readonly TimeSpan TendInterval = TimeSpan.FromSeconds(1);
    private const int MostReadFailures = 3;

    private readonly SpoolJournal _journal = new(sink, counters, logger);
    private readonly SpoolHealth _health = new(sink, options, time, logger);
    private readonly SpoolWindow _window = new(options.MaxQueueItems, options.MaxQueueBytes);
    private readonly TaskCompletionSource _opened = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly DiskWork _work = new(worked);
    private volatile SpoolLog? _log;
    private Task<SpoolLog>? _opening;
    private DateTimeOffset? _takenAt;
    private long _taken;
    private long _inHand;
    private long _saved;
    private long _flushWanted;
    private bool _mustTend;
    private bool _isTending;
    private bool _tendedInVain;
    private int _passed;
    private volatile bool _isFull;
    private long _tendedAt;
    private long _readFailsFrom;
    private int _readFailures;
    private long _logged;
    private long _readBack;

    /// <summary>Why it takes nothing, or gives nothing; null while it works.</summary>
    public SinkFault? Fault => _health.Fault;

    public LlmDurability Durability => durability;

    /// <summary>Whether every record is to be logged, and not only in trouble.</summary>
    public bool LogsAlways { get; } = durability is LlmDurability.WriteAhead or LlmDurability.WriteAheadSynchronous;

    public bool IsOpen => _log is not null;

    /// <summary>Ends when it was opened, or could not be for the first time.</summary>
    public Task Opened => _opened.Task;

    /// <summary>Whether it takes records now.</summary>
    public bool CanAppend => _log is not null && _health.Writing.Fault is null && !_isFull;

    /// <summary>The last position given out.</summary>
    public long LastPosition => _log?.LastPosition ?? 0;

    /// <summary>The mark of the last flush that reached the disk.</summary>
    public long FlushedMark { get; private set; }

    /// <summary>Whether records in it were not handed on yet.</summary>
    public bool HasBacklog => _log is { } log && log.LastPosition > _taken;

    /// <summary>Whether the next of them are in memory.</summary>
    public bool HasNext => _window.Follows(_taken);

    /// <summary>How many are there in memory.</summary>
    public int NextCount => _window.Count;

    /// <summary>Whether the next of them can be read from disk now.</summary>
    public bool CanRead => !_isTending && _log is { } log && log.WrittenPosition > _taken
        && _health.Reading.MayTry;

    /// <summary>Whether all that it was given is on disk.</summary>
    public bool IsFlushed => _health.Writing.Fault is null && FlushedMark == _flushWanted;

    /// <summary>Sees what became of the work on the disk, and begins what is to be done next.</summary>
    /// <param name="isReading">Whether a batch is being read; what that holds must not be dropped meanwhile.</param>
    public void Step(bool isReading)
    {
        if (!_work.TryEnd())
        {
            return;
        }

        var hasTended = _isTending;
        _isTending = false;
        _journal.Tell();
        if (!_health.Writing.MayTry)
        {
            return;
        }

        if (_log is not { } log)
        {
            BeginOpening();
            return;
        }

        LookIfFull(log);
        var mustFlush = _health.Writing.Fault is not null || FlushedMark != _flushWanted;
        if (_health.Writing.Fault is null && !isReading && !(hasTended && mustFlush) && _health.Tending.MayTry
            && (_mustTend || time.GetElapsedTime(_tendedAt) >= TendInterval))
        {
            BeginTending(log);
        }
        else if (mustFlush)
        {
            BeginFlushing(log);
        }
    }

    /// <summary>Takes a record with its number, or says why not.</summary>
    public AppendOutcome TryAppend(Guid writer, long sequence, DateTimeOffset numberedAt, in QueuedEnvelope entry)
    {
        var log = _log!;
        var outcome = log.TryAppend(writer, sequence, numberedAt, entry.Envelope);
        if (outcome == AppendOutcome.Appended)
        {
            Interlocked.Increment(ref _logged);
            _window.Add(new SpooledEnvelope(log.LastPosition, writer, sequence, numberedAt, entry.Envelope, entry.Bytes), _taken);
        }

        return outcome;
    }

    /// <summary>Wants on disk what was taken; the next <see cref="Step"/> sees to it.</summary>
    /// <param name="mark">Tells this flush from those before: <see cref="FlushedMark"/> is this when it is done. Rising.</param>
    public void WantFlush(long mark) => _flushWanted = mark;

    /// <summary>The next batch, from memory.</summary>
    public LlmBatch Take(out long through)
    {
        var oldest = _window.OldestAt;
        var batch = _window.Take(options.MaxBatchItems, options.MaxBatchBytes, out through);
        _log!.EndReading();
        Handed(through, batch);
        _takenAt = oldest;
        return batch;
    }

    /// <summary>The next batch, from disk. Blocks on the disk.</summary>
    public SpooledBatch Read()
    {
        var read = _log!.Read(_taken);
        _passed = read.Unreadable + read.Expired;
        Interlocked.Add(ref _readBack, read.Batch?.Envelopes.Count ?? 0);
        Lost(LlmDropReason.Unreadable, read.Unreadable);
        Lost(LlmDropReason.Expired, read.Expired);
        return read;
    }

    /// <summary>Says that records up to a position were handed on.</summary>
    /// <param name="through">The position.</param>
    /// <param name="batch">The batch that has them; null when there was nothing to be had.</param>
    public void Handed(long through, LlmBatch? batch)
    {
        _taken = Math.Max(_taken, through);
        _window.Forget(_taken + 1);
        // What was passed over is counted already, as what is handed on will be.
        _inHand = (batch?.Envelopes.Count ?? 0) + _passed;
        _passed = 0;
        _takenAt = batch?.NumberedAt;
        _readFailures = 0;
        _health.Reading.Working();
        _journal.Tell();
    }

    /// <summary>Says that the disk could not be read. What cannot be read for long is passed over, and told.</summary>
    public void ReadFailed(Exception failure)
    {
        _health.Reading.Failing(failure);
        if (_readFailures++ == 0)
        {
            _readFailsFrom = time.GetTimestamp();
        }
        else if (_readFailures >= MostReadFailures && time.GetElapsedTime(_readFailsFrom) >= options.MaxRetryDelay)
        {
            _readFailures = 0;
            _log!.SkipSegment();
        }
    }

    /// <summary>Says that records up to a position are settled.</summary>
    public void Settled(long through)
    {
        _log!.Acknowledge(through);
        _inHand = 0;
        _takenAt = null;
    }

    /// <summary>Waits for what is done on the disk, its opening too: a process may end before that.</summary>
    public async Task EndWorkAsync(CancellationToken cancellationToken)
    {
        Step(isReading: true);
        await _work.EndAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Closes it; none of its work is under way, but for what outlasted the wait.</summary>
    /// <returns>How many records it was given that are not on disk, and how many it holds for the next process.</returns>
    public async Task<(long Lost, long Left)> CloseAsync(CancellationToken cancellationToken)
    {
        if (_log is not { } log)
        {
            // One that opens yet holds the lock of the next process.
            _ = LetGoAsync(_opening);
            return default;
        }

        try
        {
            await log.CloseAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (Exception error)
        {
            _health.Writing.Failing(error);
        }

        // What was settled need not be on disk.
        var lost = Math.Max(0, log.LastPosition - Math.Max(log.DurablePosition, log.Needed - 1));
        var left = log.Usage().Records;
        // It ends by itself: a disk that hangs must not hold up the stop.
        var disposing = log.DisposeAsync().AsTask();
        await Task.WhenAny(disposing, Task.Delay(Timeout.Infinite, cancellationToken)).ConfigureAwait(false);
        _ = disposing.ContinueWith(static ended => _ = ended.Exception, TaskScheduler.Default);
        _journal.Tell();
        return (lost, left);
    }

    /// <summary>Its figures. Thread-safe.</summary>
    public LlmSpoolStatistics Snapshot()
    {
        var usage = _log?.Usage() ?? default;
        var fault = Fault;
        return new LlmSpoolStatistics
        {
            Durability = durability,
            Records = usage.Records,
            Bytes = usage.Bytes + usage.QuarantinedBytes,
            Fullness = (double)(usage.Bytes + usage.QuarantinedBytes) / options.MaxSpoolBytes,
            Lag = Lag(usage),
            Logged = Interlocked.Read(ref _logged),
            Recovered = _log?.Recovered ?? 0,
            ReadBack = Interlocked.Read(ref _readBack),
            Quarantined = usage.Quarantined,
            QuarantinedBytes = usage.QuarantinedBytes,
            FailingSince = fault?.Since,
            Failure = fault?.Failure ?? (_isFull ? "It is full: it holds LlmObservability:Pipeline:MaxSpoolBytes." : null),
        };
    }

    private static async Task LetGoAsync(Task<SpoolLog>? opening)
    {
        try
        {
            if (opening is not null)
            {
                await (await opening.ConfigureAwait(false)).DisposeAsync().ConfigureAwait(false);
            }
        }
        catch (Exception)
        {
            // It did not open, or the disk still fails: the process's end lets go of it.
        }
    }

    private TimeSpan Lag(in SegmentUsage usage)
    {
        return usage.Records > 0 && (_takenAt ?? usage.Oldest) is { } oldest && time.GetUtcNow() - oldest is { Ticks: > 0 } lag ? lag : default;
    }

    private void BeginOpening()
    {
        _work.Begin(
            // One that takes long is waited for again, since it holds the lock.
            () => _opening ??= Task.Run(() => SpoolLog.Open(files(), options, time, _journal.Add)),
            opened =>
            {
                _taken = opened.Start - 1;
                _saved = opened.Needed;
                _log = opened;
                _health.Writing.Working();
                _opened.TrySetResult();
                if (opened.Recovered > 0)
                {
                    logger.SpoolRecovers(sink, opened.Recovered);
                }
            },
            failure =>
            {
                _opening = _opening is { IsCompleted: true } ? null : _opening;
                _health.Writing.Failing(failure);
                _opened.TrySetResult();
            });
    }

    private void BeginFlushing(SpoolLog log)
    {
        var mark = _flushWanted;
        _work.Begin(
            async () =>
            {
                using var ending = new CancellationTokenSource(DiskWork.Patience, TimeProvider.System);
                await log.FlushAsync(ending.Token).ConfigureAwait(false);
                return mark;
            },
            flushed =>
            {
                FlushedMark = flushed;
                _tendedInVain = false;
                _health.Writing.Working();
            },
            _health.Writing.Failing);
    }

    private void BeginTending(SpoolLog log)
    {
        (_tendedAt, _mustTend, _isTending) = (time.GetTimestamp(), false, true);
        var needed = log.Needed;
        var mustSave = needed != _saved;
        // A share more than need be, so that it does not come to this with each record.
        var maxBytes = options.WhenFull == LlmFullPolicy.DropOldest && log.Bytes >= options.MaxSpoolBytes
            ? Math.Max(0, options.MaxSpoolBytes - (options.MaxSpoolBytes / SpoolLog.Shares) - log.BufferedBytes)
            : long.MaxValue;
        _work.Begin(
            () =>
            {
                if (mustSave)
                {
                    log.Save();
                }

                return Task.FromResult((Aged: log.Trim(long.MaxValue, options.MaxSpoolAge), Full: log.Trim(maxBytes, TimeSpan.MaxValue)));
            },
            trimmed =>
            {
                _saved = needed;
                _tendedInVain = !mustSave && trimmed.Aged.Bytes + trimmed.Full.Bytes == 0;
                Dropped(LlmDropReason.Expired, trimmed.Aged);
                Dropped(LlmDropReason.SpoolFull, trimmed.Full);
                _health.Tending.Working();
            },
            _health.Tending.Failing);
    }

    private void LookIfFull(SpoolLog log)
    {
        var wasFull = _isFull;
        _isFull = log.Bytes >= options.MaxSpoolBytes;
        // There may be something to let go of.
        _mustTend |= _isFull && ((options.WhenFull == LlmFullPolicy.DropOldest && !_tendedInVain) || log.Needed != _saved);
        if (_isFull && !wasFull)
        {
            logger.SpoolFull(sink, options.MaxSpoolBytes);
        }
    }

    private void Dropped(LlmDropReason reason, in SegmentTrim trim)
    {
        if (trim.Unacknowledged == 0)
        {
            return;
        }

        // Those that a delivery has in hand are not lost by it.
        var needed = _log!.Needed;
        var inHand = Math.Min(trim.Unacknowledged, _inHand);
        _inHand -= inHand;
        _window.Forget(needed);
        _taken = Math.Max(_taken, needed - 1);
        Lost(reason, trim.Unacknowledged - inHand);
    }

    private void Lost(LlmDropReason reason, long count)
    {
        if (counters.Dropped(reason, count))
        {
            logger.FirstDrop(sink, reason);
        }
    }
}
