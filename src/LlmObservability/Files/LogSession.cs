using LlmObservability.Queries;
using LlmObservability.Segments;
using LlmObservability.Sinks;

namespace LlmObservability.Files;

/// <summary>
/// Who may do what with a log when: it is opened once, written by one at a time, exported by a few, and closed when all of them are
/// done. Waits are the callers'; what they waited for goes on when they leave. Thread-safe.
/// </summary>
internal sealed class LogSession(EnvelopeLog log, TimeProvider time, LogNews news) : IAsyncDisposable, IDisposable
{
    private const int MostExports = 4;

    private static readonly TimeSpan CloseTimeout = TimeSpan.FromSeconds(5);

    private readonly object _gate = new();
    private readonly SemaphoreSlim _turn = new(1, 1);
    private readonly SemaphoreSlim _exports = new(MostExports, MostExports);
    private readonly CancellationTokenSource _stopping = new();
    private Task? _opening;
    private Task? _closing;

    /// <summary>The newest calls; null until the log is open.</summary>
    public InMemoryLlmStore? Window => log.Window;

    /// <summary>What is on disk; null until the log is open.</summary>
    public SegmentUsage? Usage => log.Usage;

    public async Task OpenAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        await Opening().WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    public async Task<LlmWriteResult> WriteAsync(LlmBatch batch, CancellationToken cancellationToken)
    {
        await OpenAsync(cancellationToken).ConfigureAwait(false);
        await _turn.WaitAsync(cancellationToken).ConfigureAwait(false);
        return await LeftAlone(Task.Run(() => WriteInTurnAsync(batch, cancellationToken), CancellationToken.None))
            .WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    public async Task<long> ExportAsync(Stream output, DateTimeOffset? from, DateTimeOffset? to, CancellationToken cancellationToken)
    {
        await OpenAsync(cancellationToken).ConfigureAwait(false);
        await _exports.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            ThrowIfClosed();
            using var export = log.OpenExport(from, to);
            return await export.RunAsync(output, ThrowIfClosed, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            news.Tell();
            _exports.Release();
        }
    }

    /// <summary>Closes the log, and waits for that a while.</summary>
    public async ValueTask DisposeAsync()
    {
        try
        {
            await Closing().WaitAsync(CloseTimeout, time).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            // The directory is let go when the disk answers, or the process ends.
        }
    }

    /// <summary>Closes the log at once if nothing is under way, else as soon as that has ended.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            if (_closing is null && TryCloseNow())
            {
                _closing = Task.CompletedTask;
            }
        }

        _ = Closing();
    }

    // Nobody may be waiting when it fails.
    private static Task<T> LeftAlone<T>(Task<T> task)
    {
        _ = task.ContinueWith(
            static failed => _ = failed.Exception,
            CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted | TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        return task;
    }

    private Task Opening()
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_closing is not null, typeof(FileLlmStore));
            if (_opening is null or { IsFaulted: true } or { IsCanceled: true })
            {
                _opening = LeftAlone(Task.Run(Open));
            }

            return _opening;
        }
    }

    private bool Open()
    {
        try
        {
            log.Open(_stopping.Token);
            return true;
        }
        catch (Exception error) when (FileErrors.IsOfDisk(error))
        {
            throw FileErrors.ToSinkException(error, log.Location);
        }
        finally
        {
            news.Tell();
        }
    }

    private async Task<LlmWriteResult> WriteInTurnAsync(LlmBatch batch, CancellationToken cancellationToken)
    {
        try
        {
            ThrowIfClosed();
            return await log.WriteAsync(batch, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception error) when (FileErrors.IsOfDisk(error))
        {
            throw FileErrors.ToSinkException(error, log.Location);
        }
        finally
        {
            news.Tell();
            _turn.Release();
        }
    }

    private void ThrowIfClosed()
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_closing is not null, typeof(FileLlmStore));
        }
    }

    private Task Closing()
    {
        lock (_gate)
        {
            return _closing ??= LeftAlone(Task.Run(CloseInTurnAsync));
        }
    }

    private async Task<bool> CloseInTurnAsync()
    {
        await _stopping.CancelAsync().ConfigureAwait(false);
        if (_opening is { } opening)
        {
            await opening.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        await _turn.WaitAsync().ConfigureAwait(false);
        for (var i = 0; i < MostExports; i++)
        {
            await _exports.WaitAsync().ConfigureAwait(false);
        }

        await log.CloseAsync().ConfigureAwait(false);
        news.Tell();
        Release(MostExports);
        return true;
    }

    /// <summary>Closes the log if nothing is under way.</summary>
    private bool TryCloseNow()
    {
        if (_opening is { IsCompleted: false } || !_turn.Wait(0))
        {
            return false;
        }

        var exports = 0;
        while (exports < MostExports && _exports.Wait(0))
        {
            exports++;
        }

        var closed = exports == MostExports && log.TryAbandon();
        Release(exports);
        return closed;
    }

    // Who waits finds out that the store is closed.
    private void Release(int exports)
    {
        _turn.Release();
        if (exports > 0)
        {
            _exports.Release(exports);
        }
    }
}
