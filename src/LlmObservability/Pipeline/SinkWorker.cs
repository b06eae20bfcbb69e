using LlmObservability.Segments;
using LlmObservability.Sinks;
using LlmObservability.Spool;
using LlmObservability.Telemetry;
using Microsoft.Extensions.Logging;

namespace LlmObservability.Pipeline;

/// <summary>
/// One sink's end of the pipeline as calls see it: envelopes come in (<see cref="Enqueue"/>, never waits), and the pump behind
/// it takes them from the queue. It starts, flushes and stops that, and knows the figures. Thread-safe.
/// </summary>
internal sealed class SinkWorker : IDisposable
{
    // What the end may take of the shutdown's budget, to log what was not written.
    private const int ClosingShare = 4;
    private static readonly TimeSpan MostClosing = TimeSpan.FromSeconds(2);

    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly LlmPipelineOptions _options;
    private readonly EnvelopeQueue _queue;
    private readonly WaitingRoom _waitingRoom;
    private readonly SinkCounters _counters = new();
    private readonly SinkWatch _watch;
    private readonly SinkSpool? _spool;
    private readonly AsideFile? _aside;
    private readonly BatchWriter _writer;
    private readonly SinkPump _pump;
    private readonly CancellationTokenSource _draining = new();
    private readonly CancellationTokenSource _abort = new();
    private readonly Action<QueuedEnvelope> _evicted;
    private readonly bool _logsAlways;
    private readonly object _startGate = new();
    private Task? _loop;
    private ITimer? _poll;
    private int _lossTold;
    private volatile bool _enabled = true;
    private volatile bool _closed;
    private volatile bool _stopped;

    /// <param name="sink">The sink.</param>
    /// <param name="options">The pipeline's options.</param>
    /// <param name="time">The clock.</param>
    /// <param name="logger">The log.</param>
    /// <param name="meter">The pipeline's instruments.</param>
    /// <param name="files">What lies in a folder; null for the disk.</param>
    public SinkWorker(
        ILlmSink sink, LlmPipelineOptions options, TimeProvider time, ILogger logger, PipelineMeter meter, Func<string, ISegmentFiles>? files)
    {
        Sink = sink;
        SinkTag = new KeyValuePair<string, object?>(TelemetryNames.Own.Sink, sink.Name);
        Durability = sink is ILocalSink ? LlmDurability.Memory
            : options.Durability ?? (string.IsNullOrWhiteSpace(options.Directory) ? LlmDurability.Memory : LlmDurability.Spill);
        (_options, _time, _logger) = (options, time, logger);
        _queue = new EnvelopeQueue(options.MaxQueueItems, options.MaxQueueBytes, options.WhenFull);
        _waitingRoom = new WaitingRoom(_queue, options, time);
        _watch = new SinkWatch(sink.Name, options, _queue, _counters, time, logger);
        if (Durability != LlmDurability.Memory)
        {
            var folder = SpoolFolder.Of(options.Directory!, sink.Name);
            _spool = new SinkSpool(
                sink.Name, Durability, options, () => files?.Invoke(folder) ?? new DiskSegmentFiles(folder), time, logger, _counters,
                () => _pump!.Wake(isDue: false));
            _logsAlways = _spool.LogsAlways;
            _aside = new AsideFile(SpoolFolder.AsideOf(options.Directory!, sink.Name));
        }

        var parts = new SinkParts(sink.Name, SinkTag, _queue, options, time, logger, meter, _counters, _watch);
        _writer = new BatchWriter(
            sink, parts, _aside, () => _enabled, () => _pump!.Wake(isDue: false), _draining.Token, _abort.Token);
        _pump = new SinkPump(parts, _spool, _writer, _abort, _draining.Token);
        _evicted = entry => Drop(entry, LlmDropReason.QueueFull);
    }

    public ILlmSink Sink { get; }

    public LlmDurability Durability { get; }

    /// <summary>The attribute that says whose figures they are.</summary>
    public KeyValuePair<string, object?> SinkTag { get; }

    public EnvelopeQueue Queue => _queue;

    public SinkCounters Counters => _counters;

    public TimeSpan OldestAge => Max(_watch.OldestAge, Spool?.Lag ?? default);

    /// <summary>Whether records go to its log now, or it has none; while it opens, they wait for that.</summary>
    public bool Logs => _spool is null or { Opened.IsCompleted: false } or { CanAppend: true };

    /// <summary>The spool's figures; null where there is none.</summary>
    public LlmSpoolStatistics? Spool => _spool is null ? null : _spool.Snapshot() with { PutAside = _aside!.Count };

    public bool Enabled
    {
        get => _enabled;
        set
        {
            lock (_startGate)
            {
                if (_enabled == value)
                {
                    return;
                }

                _enabled = value;
            }

            _writer.ForgetFault();
            _writer.Nudge();
            if (value)
            {
                _logger.SinkSwitchedOn(Sink.Name);
            }
            else
            {
                _logger.SinkSwitchedOff(Sink.Name);
            }
        }
    }

    // A loop that ended by itself is a defect, and as good as stopped.
    private bool Stopped => _closed || _loop is { IsCompleted: true };

    public LlmSinkStatistics Snapshot()
    {
        var (queueFull, lastDropAt) = _watch.Look();
        var fault = _writer.Fault;
        var spool = Spool;
        return _counters.Snapshot(Sink.Name, _enabled, _queue) with
        {
            State = !_enabled ? LlmSinkState.SwitchedOff
                : Stopped ? LlmSinkState.Stopped
                : fault is { GaveUp: true } ? LlmSinkState.GaveUp
                : queueFull ? LlmSinkState.QueueFull
                : fault is not null ? LlmSinkState.Retrying
                : LlmSinkState.Working,
            FailingSince = fault?.Since,
            Failure = fault?.Failure,
            QueueFullness = _watch.QueueFullness,
            OldestAge = Max(_watch.OldestAge, spool?.Lag ?? default),
            LastDropAt = lastDropAt,
            Spool = spool,
        };
    }

    /// <summary>Starts the pump; the first envelope does too.</summary>
    public void Start()
    {
        lock (_startGate)
        {
            if (_loop is not null || _closed)
            {
                return;
            }

            // The pump outlives the call that starts it: it must not carry that call's ambient state along.
            using (ExecutionContext.SuppressFlow())
            {
                _poll = _time.CreateTimer(static state => ((SinkWorker)state!).Poll(), this, _options.FlushInterval, _options.FlushInterval);
                _loop = Task.Run(_pump.RunAsync);
            }
        }
    }

    /// <summary>Makes the sink ready, and the spool; throws what they throw.</summary>
    public async ValueTask PrepareAsync(CancellationToken cancellationToken)
    {
        await _writer.PrepareAsync(cancellationToken).ConfigureAwait(false);
        if (_spool is not null)
        {
            Start();
            await _spool.Opened.WaitAsync(cancellationToken).ConfigureAwait(false);
            if (_spool.Fault is { } fault)
            {
                throw new LlmSinkException($"The spool of sink '{Sink.Name}' cannot be used: {fault.Failure}");
            }
        }
    }

    /// <summary>Takes an envelope, or counts why not. Never waits and never throws.</summary>
    /// <param name="envelope">The envelope.</param>
    /// <param name="bytes">Its size, by estimate.</param>
    /// <param name="commit">Who waits until it is settled; null for nobody.</param>
    /// <param name="waiter">What the call waits for: that, or one made where the envelope has to wait for room.</param>
    public void Enqueue(LlmEnvelope envelope, int bytes, CommitWaiter? commit, ref CommitWaiter? waiter)
    {
        if (!_enabled)
        {
            return;
        }

        commit?.Expect();
        var entry = new QueuedEnvelope(envelope, bytes, commit);
        if (_closed)
        {
            DropLate(entry);
            return;
        }

        if (_loop is null)
        {
            Start();
        }

        switch (_queue.Enqueue(entry, _evicted))
        {
            case EnqueueOutcome.Queued:
                Accepted(entry);
                break;
            case EnqueueOutcome.Full:
                waiter ??= new CommitWaiter();
                waiter.Expect();
                _ = LetInAsync(entry, waiter);
                break;
        }
    }

    /// <summary>Returns once all that was accepted before is written or dropped.</summary>
    public async Task FlushAsync(CancellationToken cancellationToken)
    {
        Task? loop;
        lock (_startGate)
        {
            loop = _loop;
        }

        if (loop is null || loop.IsCompleted)
        {
            return;
        }

        await Task.WhenAny(_pump.FlushAsync(), loop).WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Drains within the budget; what remains goes into the spool, or is counted as dropped and told in figures.</summary>
    public async Task StopAsync(TimeSpan budget, CancellationToken cancellationToken)
    {
        Task loop;
        lock (_startGate)
        {
            _closed = true;
            loop = _loop ?? Task.CompletedTask;
        }

        var closing = _spool is null ? TimeSpan.Zero : Min(budget / ClosingShare, MostClosing);
        _pump.CloseWithin(closing);
        await _draining.CancelAsync().ConfigureAwait(false);
        _pump.Poll();
        try
        {
            await loop.WaitAsync(budget - closing, _time, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception)
        {
            await _abort.CancelAsync().ConfigureAwait(false);
            _pump.Poll();
            // The abort token ends every wait of the loop, so this is short; a sink that blocks its thread is left behind.
            await loop.WaitAsync(closing + TimeSpan.FromSeconds(1), TimeProvider.System, CancellationToken.None)
                .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        _stopped = true;
        DropRest();
        TellEnd();
    }

    public void Dispose()
    {
        _closed = true;
        _draining.Cancel();
        _abort.Cancel();
        _pump.Poll();
        _poll?.Dispose();
        _stopped = true;
        DropRest();
        // The pump counts out what it is writing, so it is told after that.
        _ = (_loop ?? Task.CompletedTask).ContinueWith(
            static (_, worker) => ((SinkWorker)worker!).TellEnd(),
            this, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
    }

    private void Poll()
    {
        _pump.Poll();
        _watch.Look();
    }

    private void Accepted(in QueuedEnvelope entry)
    {
        _counters.Accepted();
        if (_stopped)
        {
            // It came in while the last ones were counted out.
            DropRest();
        }
        else if (entry.Waiter is not null)
        {
            _pump.Wake(isDue: !_logsAlways || _options.Acknowledgement == LlmAcknowledgement.Committed);
        }
        else if (_queue.Items >= _options.MaxBatchItems || _queue.Bytes >= _options.MaxBatchBytes)
        {
            _pump.Wake(isDue: true);
        }
        else if (_logsAlways)
        {
            _pump.Wake(isDue: false);
        }
    }

    private async Task LetInAsync(QueuedEnvelope entry, CommitWaiter waiter)
    {
        try
        {
            if (await _waitingRoom.LetInAsync(entry, _draining.Token).ConfigureAwait(false))
            {
                Accepted(entry);
            }
            else
            {
                Drop(entry, _closed ? LlmDropReason.Shutdown : LlmDropReason.QueueFull);
            }
        }
        catch (Exception)
        {
            // The application's clock gave no timer.
            Drop(entry, LlmDropReason.QueueFull);
        }
        finally
        {
            waiter.Settle();
        }
    }

    private bool Drop(QueuedEnvelope entry, LlmDropReason reason)
    {
        entry.Waiter?.Settle();
        return _counters.Dropped(reason);
    }

    /// <summary>Drops what comes after the stop; the first is told, unless the stop told of its own losses.</summary>
    private void DropLate(QueuedEnvelope entry)
    {
        if (Drop(entry, LlmDropReason.Shutdown) && _stopped)
        {
            _logger.FirstDrop(Sink.Name, LlmDropReason.Shutdown);
        }
    }

    private void TellEnd()
    {
        _watch.LookLast();
        if (_counters.DroppedFor(LlmDropReason.Shutdown) is > 0 and var lost && Interlocked.Exchange(ref _lossTold, 1) == 0)
        {
            _logger.ShutdownDropped(Sink.Name, lost);
        }
    }

    private void DropRest()
    {
        while (_queue.TryDequeue(out var entry))
        {
            Drop(entry, LlmDropReason.Shutdown);
        }
    }

    private static TimeSpan Max(TimeSpan left, TimeSpan right) => left > right ? left : right;

    private static TimeSpan Min(TimeSpan left, TimeSpan right) => left < right ? left : right;
}
