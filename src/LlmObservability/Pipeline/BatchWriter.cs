using LlmObservability.Sinks;
using Microsoft.Extensions.Logging;

namespace LlmObservability.Pipeline;

/// <summary>
/// Brings one batch at a time into a sink, whatever it takes: prepares it, retries what is transient, bisects what is
/// poisoned, gives up what is permanent, bounds every wait, and counts how each envelope ended. Never throws.
/// </summary>
internal sealed class BatchWriter(
    ILlmSink sink,
    LlmPipelineOptions options,
    TimeProvider time,
    ILogger logger,
    SinkCounters counters,
    Func<bool> enabled,
    CancellationToken draining,
    CancellationToken abort)
{
    // While the host stops, a long pause would eat the budget.
    private static readonly TimeSpan LongestPauseWhileDraining = TimeSpan.FromMilliseconds(250);

    private readonly PulseSignal _nudge = new();
    private volatile bool _prepared;
    private bool _failing;

    /// <summary>Prepares the sink once; throws what it throws.</summary>
    public async ValueTask PrepareAsync(CancellationToken cancellationToken)
    {
        if (!_prepared)
        {
            await sink.PrepareAsync(cancellationToken).ConfigureAwait(false);
            _prepared = true;
        }
    }

    /// <summary>Prepares the sink ahead of the first batch, trying until it can or the pipeline stops.</summary>
    public async Task PrepareWithRetryAsync()
    {
        var schedule = new RetrySchedule(options.RetryDelay, options.MaxRetryDelay);
        while (!_prepared && enabled() && !draining.IsCancellationRequested && !abort.IsCancellationRequested)
        {
            var (_, failure) = await TryAsync(PrepareForAsync).ConfigureAwait(false);
            if (failure is null)
            {
                Recovered();
                return;
            }

            Failing(failure);
            await PauseAsync(schedule.Next()).ConfigureAwait(false);
        }
    }

    public async Task WriteAsync(LlmBatch batch)
    {
        var schedule = new RetrySchedule(options.RetryDelay, options.MaxRetryDelay);
        while (true)
        {
            if (abort.IsCancellationRequested)
            {
                Drop(batch, LlmDropReason.Shutdown);
                return;
            }

            if (!enabled())
            {
                Drop(batch, LlmDropReason.SinkDisabled);
                return;
            }

            var (result, failure) = await TryAsync(token => WriteOnceAsync(batch, token)).ConfigureAwait(false);
            if (failure is null)
            {
                Settle(result);
                Recovered();
                return;
            }

            switch ((failure as LlmSinkException)?.Failure ?? LlmSinkFailure.Transient)
            {
                case LlmSinkFailure.Permanent:
                    Failing(failure);
                    Drop(batch, LlmDropReason.PermanentFailure);
                    return;

                case LlmSinkFailure.Poison when batch.Envelopes.Count == 1:
                    logger.PoisonEnvelope(sink.Name, batch.Envelopes[0].CallId, Describe(failure));
                    Drop(batch, LlmDropReason.Poison);
                    return;

                case LlmSinkFailure.Poison:
                    var half = batch.Envelopes.Count / 2;
                    await WriteAsync(batch.Slice(0, half)).ConfigureAwait(false);
                    await WriteAsync(batch.Slice(half, batch.Envelopes.Count - half)).ConfigureAwait(false);
                    return;

                default:
                    Failing(failure);
                    // What is gone may come back changed, a database restored without its schema for one.
                    _prepared = false;
                    counters.Retried();
                    await PauseAsync(schedule.Next()).ConfigureAwait(false);
                    break;
            }
        }
    }

    /// <summary>Ends a pause: what is waited for may have changed.</summary>
    public void Nudge() => _nudge.Set();

    private async Task<LlmWriteResult> PrepareForAsync(CancellationToken token)
    {
        await PrepareAsync(token).ConfigureAwait(false);
        return default;
    }

    private async Task<LlmWriteResult> WriteOnceAsync(LlmBatch batch, CancellationToken token)
    {
        await PrepareAsync(token).ConfigureAwait(false);
        return await sink.WriteAsync(batch, token).ConfigureAwait(false);
    }

    private void Settle(in LlmWriteResult result)
    {
        counters.Committed(result.Written, result.AlreadyWritten);
        foreach (var rejection in result.Rejected ?? [])
        {
            Count(rejection.Reason, 1);
        }
    }

    /// <summary>
    /// Runs one step under the wall-clock bound: a client's own timeouts are not one, and a sink may block its thread.
    /// Returns what the step gave or threw; what it does after its bound counts for nothing.
    /// </summary>
    private async Task<(LlmWriteResult Result, Exception? Failure)> TryAsync(Func<CancellationToken, Task<LlmWriteResult>> step)
    {
        var attempt = CancellationTokenSource.CreateLinkedTokenSource(abort);
        var running = Task.Run(() => step(attempt.Token), CancellationToken.None);
        try
        {
            var result = await running.WaitAsync(options.WriteTimeout, time, abort).ConfigureAwait(false);
            attempt.Dispose();
            return (result, null);
        }
        catch (Exception error)
        {
            // Not awaited: a sink's own cancellation may block or throw. Both tasks are looked at when they end.
            var cancelling = attempt.CancelAsync();
            _ = Task.WhenAll(cancelling, running).ContinueWith(
                static (ended, source) =>
                {
                    _ = ended.Exception;
                    ((CancellationTokenSource)source!).Dispose();
                },
                attempt, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
            return (default, error);
        }
    }

    private async Task PauseAsync(TimeSpan pause)
    {
        var stopping = draining.IsCancellationRequested;
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(stopping ? abort : draining);
        var delay = Task.Delay(stopping ? Min(pause, LongestPauseWhileDraining) : pause, time, ending.Token);
        await Task.WhenAny(delay, _nudge.WaitAsync()).ConfigureAwait(false);
        await ending.CancelAsync().ConfigureAwait(false);
    }

    private void Drop(LlmBatch batch, LlmDropReason reason) => Count(reason, batch.Envelopes.Count);

    private void Count(LlmDropReason reason, int count)
    {
        if (counters.Dropped(reason, count))
        {
            logger.FirstDrop(sink.Name, reason);
        }
    }

    private void Failing(Exception failure)
    {
        if (!_failing)
        {
            _failing = true;
            logger.SinkFailing(sink.Name, Describe(failure));
        }
    }

    private void Recovered()
    {
        if (_failing)
        {
            _failing = false;
            logger.SinkRecovered(sink.Name);
        }
    }

    // Only this library's exception promises a message without content or secrets; of any other the type is told.
    private static string Describe(Exception failure) =>
        failure is LlmSinkException known ? known.Message : failure.GetType().FullName ?? failure.GetType().Name;

    private static TimeSpan Min(TimeSpan left, TimeSpan right) => left < right ? left : right;
}
