namespace LlmObservability.Spool;

/// <summary>
/// One piece of work on a disk at a time, beside whoever wants it done, and given up as failed when it takes too long: a disk that
/// hangs lets nobody's thread go. For one caller at a time.
/// </summary>
internal sealed class DiskWork(Action ended)
{
    /// <summary>A disk that takes longer is taken for failing.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private Task _running = Task.CompletedTask;
    private Action _outcome = static () => { };

    /// <summary>Begins work; none may be under way.</summary>
    /// <param name="work">The work; may block.</param>
    /// <param name="done">Takes what it gave, in <see cref="TryEnd"/>.</param>
    /// <param name="failed">Takes what it threw, there too.</param>
    public void Begin<T>(Func<Task<T>> work, Action<T> done, Action<Exception> failed)
    {
        _running = RunAsync(work, done, failed);
        _ = _running.ContinueWith(
            static (_, ended) => ((Action)ended!)(),
            ended, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
    }

    /// <summary>Whether none is under way. What the last one gave is taken now, by the caller's own hand.</summary>
    public bool TryEnd()
    {
        if (!_running.IsCompleted)
        {
            return false;
        }

        var outcome = _outcome;
        _outcome = static () => { };
        outcome();
        return true;
    }

    /// <summary>Waits for what is under way, and takes what it gave.</summary>
    public async Task EndAsync(CancellationToken cancellationToken)
    {
        await _running.WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        TryEnd();
    }

    private async Task RunAsync<T>(Func<Task<T>> work, Action<T> done, Action<Exception> failed)
    {
        var working = Task.Run(work);
        try
        {
            var given = await working.WaitAsync(Patience, TimeProvider.System).ConfigureAwait(false);
            _outcome = () => done(given);
        }
        catch (Exception error)
        {
            // Left behind, it ends some time; what it then gives is not taken.
            _ = working.ContinueWith(static left => _ = left.Exception, TaskScheduler.Default);
            _outcome = () => failed(error);
        }
    }
}
