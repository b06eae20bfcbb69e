using Npgsql;

namespace LlmObservability.Postgres;

/// <summary>
/// Lets the store forget, once an hour while something is written: behind the writing, and no write waits for it or fails
/// with it. Any number of instances may do so at once. Thread-safe.
/// </summary>
internal sealed class PostgresPruning(NpgsqlDataSource dataSource, PostgresNames names, PostgresLlmOptions options, TimeProvider timeProvider)
{
    private static readonly TimeSpan Pause = TimeSpan.FromHours(1);

    // Each deletes a bounded number, so that even the first pruning of a large table holds no lock for long.
    private const int MostRounds = 100;
    private const int RoundSeconds = 30;

    private readonly PostgresBound _bound = new(timeProvider, TimeSpan.FromSeconds(2 * RoundSeconds), null, cancelledIsSilent: false);
    private long _dueTicks;

    /// <summary>Begins when the hour is over; returns at once.</summary>
    public void BeginWhenDue()
    {
        var now = timeProvider.GetUtcNow();
        var due = Interlocked.Read(ref _dueTicks);
        if (now.UtcTicks >= due && Interlocked.CompareExchange(ref _dueTicks, (now + Pause).UtcTicks, due) == due)
        {
            _ = Task.Run(PruneAsync, CancellationToken.None);
        }
    }

    private async Task PruneAsync()
    {
        try
        {
            for (var round = 0; round < MostRounds; round++)
            {
                if (!await _bound.RunAsync(PruneOnceAsync, CancellationToken.None).ConfigureAwait(false))
                {
                    return;
                }
            }
        }
        catch (Exception)
        {
            // Writing tells whether the server is well; what is not pruned now is in an hour.
        }
    }

    private async Task<bool> PruneOnceAsync(CancellationToken cancellationToken)
    {
        var command = dataSource.CreateCommand(PostgresLlmTracing.Own($"SELECT {names.Of("prune")}($1, $2)"));
        await using var disposing = command.ConfigureAwait(false);
        command.CommandTimeout = RoundSeconds;
        command.Parameters.Add(new NpgsqlParameter<long> { TypedValue = (long)options.LedgerRetention.TotalSeconds });
        command.Parameters.Add(new NpgsqlParameter<long> { TypedValue = (long)options.Retention.TotalSeconds });
        return await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false) is true;
    }
}
