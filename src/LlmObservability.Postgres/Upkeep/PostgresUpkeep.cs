using LlmObservability.Sinks;
using Microsoft.Extensions.Logging;

namespace LlmObservability.Postgres;

/// <summary>
/// Runs the store's steps when they are due, one after the other, from the first write on until the store is disposed. No write waits
/// for one or fails with it, and a failure is told. Thread-safe.
/// </summary>
internal sealed class PostgresUpkeep : IAsyncDisposable, IDisposable
{
    // The shortest pause of a step, so that none is late by more than that.
    private static readonly TimeSpan Tick = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestEnd = TimeSpan.FromSeconds(2);

    // Each round of a step is bounded, and so are the rounds: others have their turn.
    private const int MostRounds = 100;

    private readonly object _gate = new();
    private readonly CancellationTokenSource _stopping = new();
    private readonly CancellationToken _stop;
    private readonly IReadOnlyList<UpkeepStep> _steps;
    private readonly PostgresNames _names;
    private readonly TimeProvider _timeProvider;
    private readonly ILogger _logger;
    private readonly long?[] _begun;
    private readonly UpkeepState[] _states;
    private ITimer? _timer;
    private Task? _running;
    private bool _stopped;

    public PostgresUpkeep(IReadOnlyList<UpkeepStep> steps, PostgresNames names, TimeProvider timeProvider, ILogger logger)
    {
        (_steps, _names, _timeProvider, _logger) = (steps, names, timeProvider, logger);
        _stop = _stopping.Token;
        _begun = new long?[steps.Count];
        _states = [.. steps.Select(step => new UpkeepState(step.Name))];
    }

    /// <summary>How each step stands, in their order.</summary>
    public IReadOnlyList<UpkeepState> States
    {
        get
        {
            lock (_gate)
            {
                return [.. _states];
            }
        }
    }

    /// <summary>Begins, unless it has begun or is over; returns at once.</summary>
    public void Begin()
    {
        lock (_gate)
        {
            if (_timer is null && !_stopped)
            {
                // What is carried along in the writer's context must not live as long as the timer.
                using var flow = ExecutionContext.IsFlowSuppressed() ? default(AsyncFlowControl?) : ExecutionContext.SuppressFlow();
                _timer = _timeProvider.CreateTimer(static upkeep => ((PostgresUpkeep)upkeep!).RunWhenDue(), this, Tick, Tick);
                RunWhenDue();
            }
        }
    }

    /// <summary>Ends what is under way, without waiting for it.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            if (_stopped)
            {
                return;
            }

            _stopped = true;
            _timer?.Dispose();
        }

        // A step hears of it by way of its bound, which runs nothing of the driver's in here.
        _stopping.Cancel();
        _stopping.Dispose();
    }

    /// <summary>Ends what is under way, and waits for that two seconds at most.</summary>
    public async ValueTask DisposeAsync()
    {
        Dispose();
        Task? running;
        lock (_gate)
        {
            running = _running;
        }

        if (running is not null)
        {
            await running.WaitAsync(LongestEnd, _timeProvider).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private void RunWhenDue()
    {
        lock (_gate)
        {
            if (_running is null && NextDue() >= 0)
            {
                _running = Task.Run(RunAsync, CancellationToken.None);
            }
        }
    }

    private async Task RunAsync()
    {
        while (true)
        {
            int next;
            lock (_gate)
            {
                next = NextDue();
                if (next < 0)
                {
                    _running = null;
                    return;
                }

                _begun[next] = _timeProvider.GetTimestamp();
            }

            await RunAsync(next).ConfigureAwait(false);
        }
    }

    /// <summary>The step that has been due for longest; below zero for none.</summary>
    private int NextDue()
    {
        var (next, longest) = (-1, TimeSpan.Zero);
        for (var i = 0; i < _begun.Length && !_stopped; i++)
        {
            // By what passed, whatever is done to the clock.
            var late = _begun[i] is { } begun ? _timeProvider.GetElapsedTime(begun) - _steps[i].Pause : TimeSpan.MaxValue;
            if (late > longest || (next < 0 && late == longest))
            {
                (next, longest) = (i, late);
            }
        }

        return next;
    }

    private async Task RunAsync(int step)
    {
        string? failure = null;
        try
        {
            for (var round = 0; round < MostRounds && await _steps[step].RunAsync(_stop).ConfigureAwait(false); round++)
            {
                _stop.ThrowIfCancellationRequested();
            }
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            return;
        }
        catch (Exception exception)
        {
            failure = PostgresErrors.ToSinkException(exception, _names).Message;
        }

        Note(step, failure);
    }

    private void Note(int step, string? failure)
    {
        UpkeepState before;
        var now = _timeProvider.GetUtcNow();
        lock (_gate)
        {
            before = _states[step];
            _states[step] = new UpkeepState(before.Name, now, failure is null ? null : before.FailingSince ?? now, failure);
        }

        if (failure is not null && before.FailingSince is null)
        {
            _logger.UpkeepFailing(before.Name, failure);
        }
        else if (failure is null && before.FailingSince is { } since)
        {
            _logger.UpkeepRecovered(before.Name, now - since);
        }
    }
}
