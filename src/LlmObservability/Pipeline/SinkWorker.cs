using System.Collections.Concurrent;
using LlmObservability.Sinks;
using LlmObservability.Telemetry;
using Microsoft.Extensions.Logging;

namespace LlmObservability.Pipeline;

/// <summary>
/// One sink's queue and reader. Envelopes come in from calls (<see cref="Enqueue"/>, never waits), the reader polls every
/// flush interval and is woken at a full batch, numbers what it takes, and hands batches to the <see cref="BatchWriter"/>.
/// </summary>
internal sealed class SinkWorker : IDisposable
{
    private readonly LlmPipelineOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly PipelineMeter _meter;
    private readonly SinkWatch _watch;
    private readonly BatchWriter _writer;
    private readonly EnvelopeQueue _queue;
    private readonly SinkCounters _counters = new();
    private readonly PulseSignal _signal = new();
    private readonly ConcurrentQueue<Flush> _flushes = new();
    private readonly CancellationTokenSource _draining = new();
    private readonly CancellationTokenSource _abort = new();
    private readonly Action<QueuedEnvelope> _evicted;
    private readonly Guid _writerId = Guid.NewGuid();
    private readonly object _startGate = new();
    private Task? _loop;
    private ITimer? _poll;
    private long _nextSequence = 1;
    private int _woken;
    private int _lossTold;
    private volatile bool _enabled = true;
    private volatile bool _closed;
    private volatile bool _stopped;

    public SinkWorker(ILlmSink sink, LlmPipelineOptions options, TimeProvider time, ILogger logger, PipelineMeter meter)
    {
        Sink = sink;
        SinkTag = new KeyValuePair<string, object?>(TelemetryNames.Own.Sink, sink.Name);
        _options = options;
        _time = time;
        _logger = logger;
        _queue = new EnvelopeQueue(options.MaxQueueItems, options.MaxQueueBytes, options.WhenFull);
        _meter = meter;
        _watch = new SinkWatch(sink.Name, options, _queue, _counters, time, logger);
        _writer = new BatchWriter(sink, options, time, logger, _counters, _watch, () => _enabled, _draining.Token, _abort.Token);
        _evicted = entry => Drop(entry, LlmDropReason.QueueFull);
    }

    public ILlmSink Sink { get; }

    /// <summary>The attribute that says whose figures they are.</summary>
    public KeyValuePair<string, object?> SinkTag { get; }

    public EnvelopeQueue Queue => _queue;

    public SinkCounters Counters => _counters;

    public TimeSpan OldestAge => _watch.OldestAge;

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

    // A reader that ended by itself is a defect, and as good as stopped.
    private bool Stopped => _closed || _loop is { IsCompleted: true };

    public LlmSinkStatistics Snapshot()
    {
        var (queueFull, lastDropAt) = _watch.Look();
        var fault = _writer.Fault;
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
            OldestAge = _watch.OldestAge,
            LastDropAt = lastDropAt,
        };
    }

    /// <summary>Starts the reader; the first envelope does too.</summary>
    public void Start()
    {
        lock (_startGate)
        {
            if (_loop is not null || _closed)
            {
                return;
            }

            // The worker outlives the call that starts it: it must not carry that call's ambient state along.
            using (ExecutionContext.SuppressFlow())
            {
                _poll = _time.CreateTimer(static state => ((SinkWorker)state!).Poll(), this, _options.FlushInterval, _options.FlushInterval);
                _loop = Task.Run(ReadAsync);
            }
        }
    }

    public ValueTask PrepareAsync(CancellationToken cancellationToken) => _writer.PrepareAsync(cancellationToken);

    /// <summary>Takes an envelope, or counts why not. Never waits and never throws.</summary>
    public void Enqueue(LlmEnvelope envelope, int bytes, CommitWaiter? waiter)
    {
        if (!_enabled)
        {
            return;
        }

        waiter?.Expect();
        var entry = new QueuedEnvelope(envelope, bytes, waiter);
        if (_closed)
        {
            DropLate(entry);
            return;
        }

        if (_loop is null)
        {
            Start();
        }

        if (!_queue.TryEnqueue(entry, _evicted))
        {
            return;
        }

        _counters.Accepted();
        if (_stopped)
        {
            // It came in while the last ones were counted out.
            DropRest();
        }
        else if (waiter is not null || _queue.Items >= _options.MaxBatchItems || _queue.Bytes >= _options.MaxBatchBytes)
        {
            Wake();
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

        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _flushes.Enqueue(new Flush(_queue.Admitted, done));
        _signal.Set();
        await Task.WhenAny(done.Task, loop).WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Drains within the budget; what remains is counted as dropped and told in figures.</summary>
    public async Task StopAsync(TimeSpan budget, CancellationToken cancellationToken)
    {
        Task loop;
        lock (_startGate)
        {
            _closed = true;
            loop = _loop ?? Task.CompletedTask;
        }

        await _draining.CancelAsync().ConfigureAwait(false);
        _signal.Set();
        try
        {
            await loop.WaitAsync(budget, _time, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception)
        {
            await _abort.CancelAsync().ConfigureAwait(false);
            _signal.Set();
            // The abort token ends every wait of the loop, so this is short; a sink that blocks its thread is left behind.
            await loop.WaitAsync(TimeSpan.FromSeconds(1), TimeProvider.System, CancellationToken.None)
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
        _signal.Set();
        _poll?.Dispose();
        _stopped = true;
        DropRest();
        // The reader counts out what it is writing, so it is told after that.
        _ = (_loop ?? Task.CompletedTask).ContinueWith(
            static (_, worker) => ((SinkWorker)worker!).TellEnd(),
            this, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
    }

    private void Poll()
    {
        _signal.Set();
        _watch.Look();
    }

    private async Task ReadAsync()
    {
        await _writer.PrepareWithRetryAsync().ConfigureAwait(false);
        var entries = new List<QueuedEnvelope>(_options.MaxBatchItems);
        while (!_abort.IsCancellationRequested)
        {
            if (!IsDue())
            {
                // The poll, a full batch, a flush or the stop wakes it; what trickles in waits for its batch.
                await _signal.WaitAsync().ConfigureAwait(false);
            }

            Interlocked.Exchange(ref _woken, 0);
            if (TakeBatch(entries))
            {
                await WriteAsync(entries).ConfigureAwait(false);
                entries.Clear();
                _watch.BatchEnds();
                AnswerFlushes();
            }
            else if (_draining.IsCancellationRequested)
            {
                return;
            }
            else if (!AnswerFlushes())
            {
                // A caller was let in before the flush and is about to enqueue.
                await Task.Yield();
            }
        }
    }

    /// <summary>Answers the flushes whose envelopes all left the queue; none is being written now. Returns whether none is open.</summary>
    private bool AnswerFlushes()
    {
        while (_flushes.TryPeek(out var flush))
        {
            if (flush.Admitted > _queue.Removed)
            {
                return false;
            }

            _flushes.TryDequeue(out _);
            flush.Done.TrySetResult();
        }

        return true;
    }

    private bool IsDue() => _draining.IsCancellationRequested || Volatile.Read(ref _woken) == 1 || !_flushes.IsEmpty
        || _queue.Items >= _options.MaxBatchItems || _queue.Bytes >= _options.MaxBatchBytes;

    private bool TakeBatch(List<QueuedEnvelope> entries)
    {
        long bytes = 0;
        _watch.BatchBegins();
        while (entries.Count < _options.MaxBatchItems && bytes < _options.MaxBatchBytes && _queue.TryDequeue(out var entry))
        {
            entries.Add(entry);
            bytes += entry.Bytes;
        }

        if (entries.Count > 0)
        {
            return true;
        }

        _watch.BatchEnds();
        return false;
    }

    private async Task WriteAsync(List<QueuedEnvelope> entries)
    {
        var batch = new LlmBatch(_writerId, _nextSequence, entries.ConvertAll(entry => entry.Envelope));
        _nextSequence += entries.Count;
        _meter.BatchCut(entries.Count, SinkTag);
        var started = _time.GetTimestamp();
        try
        {
            if (await _writer.WriteAsync(batch).ConfigureAwait(false))
            {
                _meter.BatchCommitted(_time.GetElapsedTime(started), SinkTag);
            }
        }
        catch (Exception error)
        {
            // A defect: the reader must outlive it, and the batch must be counted.
            if (_counters.Dropped(LlmDropReason.RecorderError, entries.Count))
            {
                _logger.RecorderFailed(error.GetType().FullName, error.StackTrace);
            }
        }
        finally
        {
            foreach (var entry in entries)
            {
                entry.Waiter?.Settle();
            }
        }
    }

    private void Wake()
    {
        // One wake for many writers: the reader looks again before it parks.
        if (Interlocked.Exchange(ref _woken, 1) == 0)
        {
            _signal.Set();
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

    /// <summary>Someone who waits until as many envelopes left the queue as had been let in.</summary>
    private readonly record struct Flush(long Admitted, TaskCompletionSource Done);
}
