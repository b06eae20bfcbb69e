using Npgsql;

namespace LlmObservability.Postgres;

/// <summary>Lets the store forget what is in no partition: the ledger's old entries, and what was put aside long ago. Any number of instances may do so at once.</summary>
internal sealed class PostgresPruning(NpgsqlDataSource dataSource, PostgresNames names, PostgresLlmOptions options, TimeProvider timeProvider)
{
    // Each deletes a bounded number, so that even the first pruning of a large table holds no lock for long.
    private const int RoundSeconds = 30;

    private readonly PostgresBound _bound = new(timeProvider, TimeSpan.FromSeconds(2 * RoundSeconds), null, cancelledIsSilent: false);

    public UpkeepStep Step => new("pruning", TimeSpan.FromHours(1), token => _bound.RunAsync(PruneOnceAsync, token));

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
