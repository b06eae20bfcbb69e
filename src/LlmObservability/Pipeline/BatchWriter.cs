using LlmObservability.Sinks;
using LlmObservability.Spool;

namespace LlmObservability.Pipeline;

/// <summary>
/// Brings one batch at a time into a sink, whatever it takes: prepares it, retries what is transient, bisects what is
/// poisoned, puts aside and gives up what is permanent, bounds every wait, and counts how each envelope ended. Never throws.
/// </summary>
internal sealed class BatchWriter(
    ILlmSink sink, SinkParts parts, AsideFile? aside, Func<bool> enabled, Action failing, CancellationToken draining, CancellationToken abort)
{
    // While the host stops, a long pause would eat the budget.
    private static readonly TimeSpan LongestPauseWhileDraining = TimeSpan.FromMilliseconds(250);

    private readonly PulseSignal _nudge = new();
    private volatile bool _prepared;
    private volatile SinkFault? _fault;

    /// <summary>Why the sink takes nothing, while it does not.</summary>
    public SinkFault? Fault => _fault;

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
        var schedule = new RetrySchedule(parts.Options.RetryDelay, parts.Options.MaxRetryDelay);
        while (!_prepared && enabled() && !draining.IsCancellationRequested && !abort.IsCancellationRequested)
        {
            var (_, failure) = await TryAsync(PrepareForAsync).ConfigureAwait(false);
            if (failure is null)
            {
                Recovered();
                return;
            }

            if (abort.IsCancellationRequested)
            {
                return;
            }

            Failing(failure, gaveUp: false);
            await PauseAsync(Max(schedule.Next(), AskedFor(failure))).ConfigureAwait(false);
        }
    }

    /// <summary>Writes a batch, and returns when each of its envelopes is written or dropped, or when the pipeline ends.</summary>
    public async Task<BatchOutcome> WriteAsync(LlmBatch batch)
    {
        var schedule = new RetrySchedule(parts.Options.RetryDelay, parts.Options.MaxRetryDelay);
        while (true)
        {
            if (abort.IsCancellationRequested)
            {
                return default;
            }

            if (!enabled())
            {
                Drop(batch, LlmDropReason.SinkDisabled);
                _fault = null;
                return new BatchOutcome(batch.Envelopes.Count, Committed: false);
            }

            var (result, failure) = await TryAsync(token => WriteOnceAsync(batch, token)).ConfigureAwait(false);
            if (failure is null)
            {
                Settle(batch, result);
                if (result.Unidentified > 0)
                {
                    await PutAsideAsync(batch, LlmDropReason.Poison, $"{result.Unidentified} of these {batch.Envelopes.Count} records were refused").ConfigureAwait(false);
                }

                Recovered();
                return new BatchOutcome(batch.Envelopes.Count, Committed: true);
            }

            if (abort.IsCancellationRequested)
            {
                // Cut short by the stop: no failure of the sink.
                continue;
            }

            switch ((failure as LlmSinkException)?.Failure ?? LlmSinkFailure.Transient)
            {
                case LlmSinkFailure.Permanent:
                    Failing(failure, gaveUp: true);
                    Drop(batch, LlmDropReason.PermanentFailure);
                    await PutAsideAsync(batch, LlmDropReason.PermanentFailure, Describe(failure)).ConfigureAwait(false);
                    return new BatchOutcome(batch.Envelopes.Count, Committed: false);

                case LlmSinkFailure.Poison when batch.Envelopes.Count == 1:
                    TellPoison(batch.Envelopes[0], Describe(failure));
                    Drop(batch, LlmDropReason.Poison);
                    await PutAsideAsync(batch, LlmDropReason.Poison, Describe(failure)).ConfigureAwait(false);
                    // A refusal of this one record is an answer: the sink is there.
                    Recovered();
                    return new BatchOutcome(1, Committed: false);

                case LlmSinkFailure.Poison:
                    var half = batch.Envelopes.Count / 2;
                    var front = await WriteAsync(batch.Slice(0, half)).ConfigureAwait(false);
                    if (front.Settled < half)
                    {
                        return front;
                    }

                    var back = await WriteAsync(batch.Slice(half, batch.Envelopes.Count - half)).ConfigureAwait(false);
                    return new BatchOutcome(half + back.Settled, front.Committed || back.Committed);

                default:
                    Failing(failure, gaveUp: false);
                    // What is gone may come back changed, a database restored without its schema for one.
                    _prepared = false;
                    parts.Counters.Retried();
                    await PauseAsync(Max(schedule.Next(), AskedFor(failure))).ConfigureAwait(false);
                    break;
            }
        }
    }

    /// <summary>Ends a pause: what is waited for may have changed.</summary>
    public void Nudge() => _nudge.Set();

    /// <summary>Takes the sink for a working one until it fails again, when it was switched off meanwhile.</summary>
    public void ForgetFault() => _fault = null;

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

    private void Settle(LlmBatch batch, in LlmWriteResult result)
    {
        parts.Counters.Committed(result.Written, result.AlreadyWritten);
        if (result.Unidentified > 0 && parts.Counters.Dropped(LlmDropReason.Poison, result.Unidentified))
        {
            parts.Logger.FirstDrop(sink.Name, LlmDropReason.Poison, "The sink's server refused some records of a batch without saying which.");
        }

        foreach (var rejection in result.Rejected ?? [])
        {
            var isFirst = parts.Counters.Dropped(rejection.Reason);
            if (rejection is { Reason: LlmDropReason.Poison, Detail: { } refusal })
            {
                TellPoison(batch.Envelopes[(int)Math.Clamp(rejection.Sequence - batch.FirstSequence, 0, batch.Envelopes.Count - 1)], refusal);
            }
            else if (isFirst)
            {
                parts.Logger.FirstDrop(sink.Name, rejection.Reason, rejection.Detail);
            }
        }
    }

    private void TellPoison(LlmEnvelope refused, string failure)
    {
        if (parts.Watch.IsFirstPoison())
        {
            parts.Logger.PoisonEnvelope(sink.Name, refused.CallId, failure);
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
            var result = await running.WaitAsync(parts.Options.WriteTimeout, parts.Time, abort).ConfigureAwait(false);
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
        var delay = Task.Delay(stopping ? Min(pause, LongestPauseWhileDraining) : pause, parts.Time, ending.Token);
        await Task.WhenAny(delay, _nudge.WaitAsync()).ConfigureAwait(false);
        await ending.CancelAsync().ConfigureAwait(false);
    }

    // Not told one by one: a fault, a switch, the stop and a refusal each have a message of their own.
    private void Drop(LlmBatch batch, LlmDropReason reason) => parts.Counters.Dropped(reason, batch.Envelopes.Count);

    private async Task PutAsideAsync(LlmBatch batch, LlmDropReason reason, string failure)
    {
        if (aside is not null)
        {
            // A disk that hangs is not waited for; it is counted either way.
            var now = parts.Time.GetUtcNow();
            await Task.Run(() => aside.TryPut(batch, reason, failure, now)).WaitAsync(DiskWork.Patience, TimeProvider.System)
                .ContinueWith(static ended => _ = ended.Exception, TaskScheduler.Default).ConfigureAwait(false);
        }
    }

    private void Failing(Exception failure, bool gaveUp)
    {
        var known = _fault;
        var failed = new SinkFault(known?.Since ?? parts.Time.GetUtcNow(), Describe(failure), gaveUp || known is { GaveUp: true });
        _fault = failed;
        if (failed.GaveUp && known is not { GaveUp: true })
        {
            parts.Logger.SinkGaveUp(sink.Name, failed.Failure);
        }
        else if (known is null)
        {
            parts.Logger.SinkFailing(sink.Name, failed.Failure);
        }

        failing();
    }

    private void Recovered()
    {
        if (_fault is { } fault)
        {
            _fault = null;
            var lasted = parts.Time.GetUtcNow() - fault.Since;
            parts.Logger.SinkRecovered(sink.Name, lasted);
        }
    }

    // Only this library's exception promises a message without content or secrets; of any other the type is told.
    private static string Describe(Exception failure) =>
        failure is LlmSinkException known ? known.Message : failure.GetType().FullName ?? failure.GetType().Name;

    private static TimeSpan AskedFor(Exception failure) =>
        failure is LlmSinkException { RetryAfter: { } asked } ? Min(asked, LlmSinkException.MaxRetryAfter) : TimeSpan.Zero;

    private static TimeSpan Max(TimeSpan left, TimeSpan right) => left > right ? left : right;

    private static TimeSpan Min(TimeSpan left, TimeSpan right) => left < right ? left : right;
}
