using LlmObservability.Pipeline;
using LlmObservability.Segments;
using LlmObservability.Sinks;
using Microsoft.Extensions.Logging;

namespace LlmObservability.Spool;

/// <summary>
/// The spool as a sink's pump uses it: opened when it can be, appended to while the disk takes it, handed on from memory or
/// read back, kept within its bounds. A disk that fails or hangs holds nobody up: each step is bounded, tried again later,
/// and told. For one caller at a time, but <see cref="Read"/>, which is for one other, and <see cref="Snapshot"/>.
/// </summary>
internal sealed class SinkSpool(
    string sink,
    LlmDurability durability,
    LlmPipelineOptions options,
    Func<ISegmentFiles> files,
    TimeProvider time,
    ILogger logger,
    SinkCounters counters)
{
    // A disk that takes longer is taken for failing; the sink is written without it meanwhile.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan TendInterval = TimeSpan.FromSeconds(1);
    private const int MostReadFailures = 3;

    private readonly SpoolJournal _journal = new(sink, counters, logger);
    private readonly SpoolHealth _health = new(sink, options, time, logger);
    private readonly SpoolWindow _window = new(4 * options.MaxBatchItems, 4 * options.MaxBatchBytes);
    private volatile SpoolLog? _log;
    private Task<SpoolLog>? _opening;
    private DateTimeOffset? _takenAt;
    private long _taken;
    private long _inHand;
    private long _saved;
    private volatile bool _isFull;
    private long _tendedAt;
    private long _readFailedAt;
    private int _readFailures;
    private long _logged;
    private long _readBack;

    /// <summary>Why it takes nothing; null while it works.</summary>
    public SinkFault? Fault => _health.Fault;

    public LlmDurability Durability => durability;

    public bool IsOpen => _log is not null;

    /// <summary>The last position given out.</summary>
    public long LastPosition => _log?.LastPosition ?? 0;

    /// <summary>Whether records in it were not handed on yet.</summary>
    public bool HasBacklog => _log is { } log && log.LastPosition > _taken;

    /// <summary>Whether the next of them are in memory.</summary>
    public bool HasNext => _window.Follows(_taken);

    /// <summary>How many are there in memory.</summary>
    public int NextCount => _window.Count;

    /// <summary>Whether the next of them can be read from disk now.</summary>
    public bool CanRead => _log is { } log && log.WrittenPosition > _taken
        && (_readFailures == 0 || time.GetElapsedTime(_readFailedAt) >= options.RetryDelay);

    /// <summary>Opens it, if it is time to try.</summary>
    public async Task OpenAsync(CancellationToken cancellationToken)
    {
        if (_log is not null || !_health.MayTry)
        {
            return;
        }

        _opening ??= Task.Run(() => SpoolLog.Open(files(), options, time, _journal.Add), CancellationToken.None);
        try
        {
            var log = await _opening.WaitAsync(Patience, TimeProvider.System, cancellationToken).ConfigureAwait(false);
            _taken = log.Start - 1;
            _saved = log.Needed;
            _log = log;
            _health.Working();
            if (log.Recovered > 0)
            {
                logger.SpoolRecovers(sink, log.Recovered);
            }
        }
        catch (Exception error) when (!cancellationToken.IsCancellationRequested)
        {
            if (_opening.IsCompleted)
            {
                _opening = null;
            }

            _health.Failing(error);
        }

        _journal.Tell();
    }

    /// <summary>Looks whether a disk that failed works again, if it is time to: it first has to take what it was given already.</summary>
    public async Task RetryAsync(CancellationToken cancellationToken)
    {
        if (_log is not null && _health.Fault is not null && _health.MayTry)
        {
            await FlushAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Whether it can take records now.</summary>
    public async Task<bool> CanAppendAsync(CancellationToken cancellationToken)
    {
        await RetryAsync(cancellationToken).ConfigureAwait(false);
        if (_log is not { } log || _health.Fault is not null)
        {
            return false;
        }

        if (log.Bytes >= options.MaxSpoolBytes
            && (options.WhenFull == LlmFullPolicy.DropOldest || log.Needed != _saved || time.GetElapsedTime(_tendedAt) >= TendInterval))
        {
            await TendNowAsync(log, cancellationToken).ConfigureAwait(false);
        }

        var isFull = log.Bytes >= options.MaxSpoolBytes;
        if (isFull && !_isFull)
        {
            logger.SpoolFull(sink, options.MaxSpoolBytes);
        }

        return !(_isFull = isFull);
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

    /// <summary>Brings to disk what was taken. False when the disk fails: what it was given stays in memory, and goes with the next.</summary>
    public async Task<bool> FlushAsync(CancellationToken cancellationToken)
    {
        try
        {
            await _log!.FlushAsync(cancellationToken).WaitAsync(Patience, TimeProvider.System, cancellationToken).ConfigureAwait(false);
            _health.Working();
            return true;
        }
        catch (Exception error)
        {
            if (!cancellationToken.IsCancellationRequested)
            {
                _health.Failing(error);
            }

            return false;
        }
        finally
        {
            _journal.Tell();
        }
    }

    /// <summary>The next batch, from memory.</summary>
    public LlmBatch Take(out long through)
    {
        var batch = _window.Take(options.MaxBatchItems, options.MaxBatchBytes, out through);
        _log!.EndReading();
        Handed(through, batch);
        return batch;
    }

    /// <summary>The next batch, from disk. Blocks on the disk.</summary>
    public SpooledBatch Read()
    {
        var read = _log!.Read(_taken);
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
        _inHand = batch?.Envelopes.Count ?? 0;
        _takenAt = batch?.NumberedAt;
        _readFailures = 0;
        _journal.Tell();
    }

    /// <summary>Says that the disk could not be read. What cannot be read for long is passed over, and told.</summary>
    public void ReadFailed(Exception failure)
    {
        _health.Failing(failure);
        _readFailedAt = time.GetTimestamp();
        if (++_readFailures >= MostReadFailures)
        {
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

    /// <summary>Saves what is settled and applies the bounds, now and then. Not while a batch is being read.</summary>
    public async Task TendAsync(CancellationToken cancellationToken)
    {
        if (_log is { } log && time.GetElapsedTime(_tendedAt) >= TendInterval && _health.MayTry)
        {
            await TendNowAsync(log, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Closes it within a bound.</summary>
    /// <returns>How many records it was given that are not on disk, and how many it holds for the next process.</returns>
    public async Task<(long Lost, long Left)> CloseAsync(TimeSpan bound)
    {
        if (_log is not { } log)
        {
            return default;
        }

        using var ending = new CancellationTokenSource(bound, TimeProvider.System);
        try
        {
            await log.CloseAsync(ending.Token).ConfigureAwait(false);
        }
        catch (Exception error)
        {
            _health.Failing(error);
        }

        // What was settled need not be on disk.
        var lost = Math.Max(0, log.LastPosition - Math.Max(log.DurablePosition, log.Needed - 1));
        var left = log.Usage().Records;
        // It ends by itself: a disk that hangs must not hold up the stop.
        var disposing = log.DisposeAsync().AsTask();
        await Task.WhenAny(disposing, Task.Delay(Timeout.Infinite, ending.Token)).ConfigureAwait(false);
        _ = disposing.ContinueWith(static ended => _ = ended.Exception, TaskScheduler.Default);
        _journal.Tell();
        return (lost, left);
    }

    /// <summary>Its figures. Thread-safe.</summary>
    public LlmSpoolStatistics Snapshot()
    {
        var usage = _log?.Usage() ?? default;
        var fault = _health.Fault;
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

    private TimeSpan Lag(in SegmentUsage usage)
    {
        return usage.Records > 0 && (_takenAt ?? usage.Oldest) is { } oldest && time.GetUtcNow() - oldest is { Ticks: > 0 } lag ? lag : default;
    }

    private async Task TendNowAsync(SpoolLog log, CancellationToken cancellationToken)
    {
        _tendedAt = time.GetTimestamp();
        var needed = log.Needed;
        // A share more than need be, so that it does not come to this with each record.
        var maxBytes = options.WhenFull == LlmFullPolicy.DropOldest && log.Bytes >= options.MaxSpoolBytes
            ? options.MaxSpoolBytes - (options.MaxSpoolBytes / SpoolLog.Shares)
            : long.MaxValue;
        try
        {
            var (aged, full) = await Task.Run(
                () =>
                {
                    if (needed != _saved)
                    {
                        log.Save();
                    }

                    return (log.Trim(long.MaxValue, options.MaxSpoolAge), log.Trim(maxBytes, TimeSpan.MaxValue));
                },
                CancellationToken.None).WaitAsync(Patience, TimeProvider.System, cancellationToken).ConfigureAwait(false);
            _saved = needed;
            Dropped(LlmDropReason.Expired, aged);
            Dropped(LlmDropReason.SpoolFull, full);
        }
        catch (Exception error) when (!cancellationToken.IsCancellationRequested)
        {
            _health.Failing(error);
        }

        _journal.Tell();
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
        _inHand = 0;
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
