using System.Globalization;
using LlmObservability.Sinks;
using Npgsql;

namespace LlmObservability.Postgres;

/// <summary>What the ledger says to a batch.</summary>
/// <param name="Committed">What of it is committed already.</param>
/// <param name="ForgottenBefore">If set, the rest is not claimed: it was numbered before this, and what was committed then is no longer known.</param>
internal sealed record PostgresClaim(List<(long First, long Last)> Committed, DateTimeOffset? ForgottenBefore)
{
    /// <summary>
    /// Claims the batch's numbers, and before that bounds the transaction: a session that loses its client must not keep
    /// its writer's lock, so the server ends it by itself. Both in one round trip; each statement has its own bound.
    /// </summary>
    public static async Task<PostgresClaim> MakeAsync(
        NpgsqlConnection connection, PostgresNames names, int timeout, LlmBatch batch, CancellationToken cancellationToken)
    {
        var commands = new NpgsqlBatch(connection) { Timeout = timeout };
        await using var disposing = commands.ConfigureAwait(false);
        commands.BatchCommands.Add(Bound(timeout));
        commands.BatchCommands.Add(Command(names, batch));
        var reader = await commands.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        await using var closing = reader.ConfigureAwait(false);
        await reader.NextResultAsync(cancellationToken).ConfigureAwait(false);
        List<(long, long)> committed = [];
        DateTimeOffset? forgottenBefore = null;
        while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
        {
            if (await reader.IsDBNullAsync(0, cancellationToken).ConfigureAwait(false))
            {
                forgottenBefore = await reader.GetFieldValueAsync<DateTimeOffset>(2, cancellationToken).ConfigureAwait(false);
            }
            else
            {
                committed.Add((reader.GetInt64(0), reader.GetInt64(1)));
            }
        }

        return new PostgresClaim(committed, forgottenBefore);
    }

    public bool IsCommitted(Numbered item) => Committed.Exists(range => range.First <= item.Sequence && item.Sequence <= range.Last);

    /// <summary>Bounds the transaction that the connection is in, by <see cref="Bound"/> alone.</summary>
    public static async Task BoundAsync(NpgsqlConnection connection, int timeout, CancellationToken cancellationToken)
    {
        var commands = new NpgsqlBatch(connection) { Timeout = timeout };
        await using var disposing = commands.ConfigureAwait(false);
        commands.BatchCommands.Add(Bound(timeout));
        await commands.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Lets the server end the transaction's statements, and the transaction itself when it waits for its client.</summary>
    public static NpgsqlBatchCommand Bound(int timeout) => new(PostgresLlmTracing.Own(
        "SELECT set_config('statement_timeout', $1, true), set_config('idle_in_transaction_session_timeout', $1, true)"))
    {
        Parameters = { new NpgsqlParameter<string> { TypedValue = timeout.ToString(CultureInfo.InvariantCulture) + "s" } },
    };

    private static NpgsqlBatchCommand Command(PostgresNames names, LlmBatch batch)
    {
        // By three for what is new, which no pruning can have forgotten.
        var sql = batch.NumberedAt is null
            ? $"SELECT committed_first, committed_last FROM {names.Of("claim_batch")}($1, $2, $3)"
            : $"SELECT committed_first, committed_last, forgotten_before FROM {names.Of("claim_batch")}($1, $2, $3, $4)";
        var command = new NpgsqlBatchCommand(PostgresLlmTracing.Own(sql))
        {
            Parameters =
            {
                new NpgsqlParameter<Guid> { TypedValue = batch.WriterId },
                new NpgsqlParameter<long> { TypedValue = batch.FirstSequence },
                new NpgsqlParameter<long> { TypedValue = batch.LastSequence },
            },
        };
        if (batch.NumberedAt is { } numberedAt)
        {
            command.Parameters.Add(new NpgsqlParameter<DateTimeOffset> { TypedValue = numberedAt.ToUniversalTime() });
        }

        return command;
    }
}
