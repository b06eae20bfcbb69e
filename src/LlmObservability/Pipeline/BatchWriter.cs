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
        while (!_prepared && !draining.IsCancellationRequested && !abort.IsCancellationRequested)
        {
            if (await TryAsync(static (self, _, token) => self.PrepareForAsync(token), batch: null).ConfigureAwait(false) is not { } failure)
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

            var failure = await TryAsync(static (self, batch, token) => self.WriteOnceAsync(batch!, token), batch).ConfigureAwait(false);
            if (failure is null)
            {
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
                    logger.PoisonEnvelope(sink.Name, batch.Envelopes[0].CallId, failure);
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

    private async Task PrepareForAsync(CancellationToken token) => await PrepareAsync(token).ConfigureAwait(false);

    private async Task WriteOnceAsync(LlmBatch batch, CancellationToken token)
    {
        await PrepareAsync(token).ConfigureAwait(false);
        var result = await sink.WriteAsync(batch, token).ConfigureAwait(false);
        counters.Committed(result.Written, result.AlreadyWritten);
        foreach (var rejection in result.Rejected ?? [])
        {
            Count(rejection.Reason, 1);
        }
    }

    /// <summary>Runs one step under the wall-clock bound: a client's own timeouts are not one. Returns what it threw, or null.</summary>
    private async Task<Exception?> TryAsync(Func<BatchWriter, LlmBatch?, CancellationToken, Task> step, LlmBatch? batch)
    {
        using var attempt = CancellationTokenSource.CreateLinkedTokenSource(abort);
        Task? running = null;
        try
        {
            running = step(this, batch, attempt.Token);
            await running.WaitAsync(options.WriteTimeout, time, abort).ConfigureAwait(false);
            return null;
        }
        catch (Exception error)
        {
            await attempt.CancelAsync().ConfigureAwait(false);
            // Left behind after its bound, it may still fail: nobody else looks at it.
            _ = running?.ContinueWith(static task => task.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
            return error;
        }
    }

    private async Task PauseAsync(TimeSpan pause)
    {
        if (draining.IsCancellationRequested)
        {
            await Task.Delay(Min(pause, LongestPauseWhileDraining), time, abort).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
        else
        {
            await Task.Delay(pause, time, draining).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
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
            logger.SinkFailing(sink.Name, failure);
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

    private static TimeSpan Min(TimeSpan left, TimeSpan right) => left < right ? left : right;
}
