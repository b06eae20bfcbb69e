using Npgsql;

namespace LlmObservability.Postgres;

/// <summary>
/// Lets a caller go when it cancels or when the time is over, whatever the driver does: its own timeouts and cancellation
/// are no bounds by the clock. What is left behind is cancelled and looked at when it ends. Thread-safe.
/// </summary>
/// <param name="timeProvider">The clock.</param>
/// <param name="limit">The longest that a step may take.</param>
/// <param name="own">The library's own data source, whose idle connections are given up when the server does not answer; null for an application's.</param>
/// <param name="cancelledIsSilent">Whether a caller who cancels tells that the server does not answer, as the pipeline does.</param>
internal sealed class PostgresBound(TimeProvider timeProvider, TimeSpan limit, NpgsqlDataSource? own, bool cancelledIsSilent)
{
    public Task RunAsync(Func<CancellationToken, Task> step, CancellationToken cancellationToken) =>
        RunAsync(
            async token =>
            {
                await step(token).ConfigureAwait(false);
                return true;
            },
            cancellationToken);

    /// <exception cref="TimeoutException">The limit is over.</exception>
    /// <exception cref="OperationCanceledException">The caller cancelled.</exception>
    public async Task<T> RunAsync<T>(Func<CancellationToken, Task<T>> step, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        // Not linked: the driver does its cancelling inside of whoever cancels, and that may take seconds. Holds nothing to dispose.
        var cancelling = new CancellationTokenSource();
        var running = step(cancelling.Token);
        try
        {
            return await running.WaitAsync(limit, timeProvider, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (!running.IsCompleted)
        {
            if (own is not null && (cancelledIsSilent || exception is TimeoutException))
            {
                // What lies idle goes the way of the one that does not answer; the next step opens anew.
                _ = Task.Run(own.Clear, CancellationToken.None);
            }

            _ = LeaveAsync(running, cancelling);
            throw;
        }
    }

    private static async Task LeaveAsync(Task left, CancellationTokenSource cancelling)
    {
        await cancelling.CancelAsync().ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await left.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }
}
