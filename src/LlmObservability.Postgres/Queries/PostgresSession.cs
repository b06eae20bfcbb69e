using System.Data;
using System.Globalization;
using Npgsql;

namespace LlmObservability.Postgres;

/// <summary>What reading has in common: a connection for each question, and bounds by the client's clock and by the server's. Safe for parallel use.</summary>
internal sealed class PostgresSession(NpgsqlDataSource dataSource, int commandTimeout, PostgresBound bound)
{
    /// <summary>Asks several questions of one snapshot, so that their answers add up while calls come in.</summary>
    public Task<T> AskAsync<T>(Func<PostgresAsking, CancellationToken, Task<T>> ask, CancellationToken cancellationToken) => bound.RunAsync(
        async token =>
        {
            var connection = await dataSource.OpenConnectionAsync(token).ConfigureAwait(false);
            await using var closing = connection.ConfigureAwait(false);
            var transaction = await connection.BeginTransactionAsync(IsolationLevel.RepeatableRead, token).ConfigureAwait(false);
            await using var ending = transaction.ConfigureAwait(false);
            return await ask(new PostgresAsking(connection, commandTimeout), token).ConfigureAwait(false);
        },
        cancellationToken);

    /// <summary>Asks questions of which each stands for itself, in a round trip each.</summary>
    public Task<T> AskEachAsync<T>(Func<PostgresAsking, CancellationToken, Task<T>> ask, CancellationToken cancellationToken) => bound.RunAsync(
        async token =>
        {
            var connection = await dataSource.OpenConnectionAsync(token).ConfigureAwait(false);
            await using var closing = connection.ConfigureAwait(false);
            return await ask(new PostgresAsking(connection, commandTimeout), token).ConfigureAwait(false);
        },
        cancellationToken);
}

/// <summary>Asks over one connection. Each statement goes in one round trip with the settings that bound it.</summary>
internal sealed class PostgresAsking(NpgsqlConnection connection, int commandTimeout)
{
    // A session that loses its client must not keep its snapshot: it would keep the server from cleaning up. Compiling a
    // plan costs more than it saves in what takes milliseconds, and sorting on disk more than some memory.
    private const string Settings =
        "SELECT set_config('statement_timeout', $1, true), set_config('idle_in_transaction_session_timeout', $1, true), "
        + "set_config('jit', 'off', true), set_config('work_mem', greatest(pg_size_bytes(current_setting('work_mem')) / 1024, 32768) || 'kB', true), set_config('enable_seqscan', $2, true), set_config('enable_nestloop', $3, true)";

    /// <summary>The rows of a statement.</summary>
    /// <param name="statement">Its parameters.</param>
    /// <param name="sql">Its text.</param>
    /// <param name="read">Reads a row.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <param name="byIndex">Whether the planner is to use an index whatever its statistics say, since the statement is bounded by one.</param>
    /// <param name="byHash">Whether it is to join by hash: few rows by its statistics may be many.</param>
    public async Task<List<T>> ReadAsync<T>(
        PostgresStatement statement,
        string sql,
        Func<NpgsqlDataReader, T> read,
        CancellationToken cancellationToken,
        bool byIndex = false,
        bool byHash = false)
    {
        var batch = new NpgsqlBatch(connection) { Timeout = commandTimeout };
        await using var disposing = batch.ConfigureAwait(false);
        batch.BatchCommands.Add(Bounds(byIndex, byHash));
        batch.BatchCommands.Add(statement.ToCommand(sql));
        var reader = await batch.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        await using var closing = reader.ConfigureAwait(false);
        await reader.NextResultAsync(cancellationToken).ConfigureAwait(false);
        List<T> rows = [];
        while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
        {
            rows.Add(read(reader));
        }

        return rows;
    }

    private NpgsqlBatchCommand Bounds(bool byIndex, bool byHash) => new(PostgresLlmTracing.Own(Settings))
    {
        Parameters =
        {
            new NpgsqlParameter<string> { TypedValue = commandTimeout.ToString(CultureInfo.InvariantCulture) + "s" },
            new NpgsqlParameter<string> { TypedValue = byIndex ? "off" : "on" },
            new NpgsqlParameter<string> { TypedValue = byHash ? "off" : "on" },
        },
    };
}
