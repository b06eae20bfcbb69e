using System.Diagnostics.Metrics;
using LlmObservability.Segments;
using LlmObservability.Sinks;
using Microsoft.Extensions.Logging;

namespace LlmObservability.Pipeline;

/// <summary>Hands every envelope to each sink's worker, and starts, flushes and stops them together.</summary>
internal sealed class LlmPipeline : IDisposable
{
    private readonly LlmPipelineOptions _options;
    private readonly TimeProvider _time;
    private readonly SinkWorker[] _workers;
    private readonly PipelineMeter _meter;
    private readonly bool _waits;
    private readonly bool _waitsForDisk;
    private long _callsLost;
    private long _lastCallLostTicks;

    public LlmPipeline(
        IEnumerable<ILlmSink> sinks, LlmPipelineOptions options, TimeProvider time, ILogger logger, IMeterFactory? meters = null,
        Func<string, ISegmentFiles>? files = null)
    {
        _options = options;
        _time = time = GuardedTimeProvider.Of(time);
        _waitsForDisk = options is { Acknowledgement: LlmAcknowledgement.Background, Durability: LlmDurability.WriteAheadSynchronous };
        _waits = options.Acknowledgement == LlmAcknowledgement.Committed || _waitsForDisk;
        _meter = new PipelineMeter(meters);
        _workers = [.. sinks.Select(sink => new SinkWorker(sink, options, time, logger, _meter, files))];
        _meter.Observe(_workers, () => CallsLost);
    }

    /// <summary>The meter that holds the pipeline's instruments.</summary>
    public Meter Meter => _meter.Meter;

    /// <summary>Calls that never became an envelope.</summary>
    public long CallsLost => Interlocked.Read(ref _callsLost);

    public DateTimeOffset? LastCallLostAt =>
        Interlocked.Read(ref _lastCallLostTicks) is > 0 and var ticks ? new DateTimeOffset(ticks, TimeSpan.Zero) : null;

    public IReadOnlyList<LlmSinkStatistics> Snapshot() => Array.ConvertAll(_workers, worker => worker.Snapshot());

    public void CallLost()
    {
        Interlocked.Increment(ref _callsLost);
        Interlocked.Exchange(ref _lastCallLostTicks, _time.GetUtcNow().UtcTicks);
    }

    public void SetEnabled(IDictionary<string, LlmSinkOptions> sinks)
    {
        foreach (var worker in _workers)
        {
            worker.Enabled = !sinks.TryGetValue(worker.Sink.Name, out var options) || options.Enabled;
        }
    }

    public void SetEnabled(string name, bool enabled)
    {
        foreach (var worker in _workers)
        {
            if (string.Equals(worker.Sink.Name, name, StringComparison.OrdinalIgnoreCase))
            {
                worker.Enabled = enabled;
            }
        }
    }

    public void Start()
    {
        foreach (var worker in _workers)
        {
            worker.Start();
        }
    }

    /// <summary>Prepares every enabled sink now, and throws what one throws.</summary>
    public async Task PrepareAsync(CancellationToken cancellationToken)
    {
        foreach (var worker in _workers)
        {
            if (worker.Enabled)
            {
                await PrepareAsync(worker, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    private async Task PrepareAsync(SinkWorker worker, CancellationToken cancellationToken)
    {
        var preparing = worker.PrepareAsync(cancellationToken).AsTask();
        await preparing.WaitAsync(_options.WriteTimeout, _time, cancellationToken)
            .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        cancellationToken.ThrowIfCancellationRequested();
        if (!preparing.IsCompleted)
        {
            throw new TimeoutException(
                $"Sink '{worker.Sink.Name}' was not ready within LlmObservability:Pipeline:WriteTimeout ({_options.WriteTimeout}); make it reachable, or set FailFast to false.");
        }

        await preparing.ConfigureAwait(false);
    }

    /// <summary>Queues an envelope for every sink; returns what to wait for when calls wait for their commit, for the disk, or for room.</summary>
    public CommitWaiter? Publish(LlmEnvelope envelope)
    {
        // A disk that refuses holds up nobody: the call goes on, and that is counted.
        var isInVain = _waitsForDisk && Array.Exists(_workers, static worker => worker is { Enabled: true, Logs: false });
        var commit = _waits && !isInVain ? new CommitWaiter() : null;
        var waiter = commit;
        var bytes = EnvelopeSize.Estimate(envelope);
        foreach (var worker in _workers)
        {
            worker.Enqueue(envelope, bytes, commit, ref waiter);
        }

        waiter?.Settle();
        return waiter ?? (isInVain ? CommitWaiter.InVain() : null);
    }

    public Task FlushAsync(CancellationToken cancellationToken) =>
        Task.WhenAll(_workers.Select(worker => worker.FlushAsync(cancellationToken)));

    /// <summary>Stops all workers at once within the one budget.</summary>
    public Task StopAsync(CancellationToken cancellationToken) =>
        Task.WhenAll(_workers.Select(worker => worker.StopAsync(_options.ShutdownTimeout, cancellationToken)));

    public void Dispose()
    {
        foreach (var worker in _workers)
        {
            worker.Dispose();
        }

        _meter.Dispose();
    }
}
