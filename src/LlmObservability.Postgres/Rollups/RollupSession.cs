using System.Data;
using System.Globalization;
using Npgsql;

namespace LlmObservability.Postgres;

/// <summary>One transaction over the rollups' tables, and what its statements have in common.</summary>
internal sealed class RollupSession
{
    private readonly NpgsqlConnection _connection;
    private readonly PostgresLlmOptions _options;
    private readonly int _timeout;

    private RollupSession(NpgsqlConnection connection, PostgresLlmOptions options, int timeout) =>
        (_connection, _options, _timeout) = (connection, options, timeout);

    /// <summary>Commits what the step does, unless it throws. The server ends a session that loses its client.</summary>
    /// <param name="dataSource">Where the connection comes from.</param>
    /// <param name="options">The store's options.</param>
    /// <param name="isolation">How much of what others do meanwhile is seen.</param>
    /// <param name="timeout">Seconds that a statement may take.</param>
    /// <param name="step">What is done.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public static async Task<T> RunAsync<T>(
        NpgsqlDataSource dataSource,
        PostgresLlmOptions options,
        IsolationLevel isolation,
        int timeout,
        Func<RollupSession, Task<T>> step,
        CancellationToken cancellationToken)
    {
        var connection = await dataSource.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        await using var closing = connection.ConfigureAwait(false);
        var transaction = await connection.BeginTransactionAsync(isolation, cancellationToken).ConfigureAwait(false);
        await using var rollingBack = transaction.ConfigureAwait(false);
        await PostgresClaim.BoundAsync(connection, timeout, cancellationToken).ConfigureAwait(false);
        var result = await step(new RollupSession(connection, options, timeout)).ConfigureAwait(false);
        await transaction.CommitAsync(cancellationToken).ConfigureAwait(false);
        return result;
    }

    /// <summary>Gives each row to <paramref name="add"/>; returns how many there were.</summary>
    public async Task<int> ReadAsync(string sql, Action<NpgsqlDataReader> add, CancellationToken cancellationToken, params NpgsqlParameter[] parameters)
    {
        var command = Command(sql, parameters);
        await using var disposing = command.ConfigureAwait(false);
        var reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        await using var closing = reader.ConfigureAwait(false);
        var rows = 0;
        for (; await reader.ReadAsync(cancellationToken).ConfigureAwait(false); rows++)
        {
            add(reader);
        }

        return rows;
    }

    public async Task<object?> ExecuteAsync(string sql, CancellationToken cancellationToken, params NpgsqlParameter[] parameters)
    {
        var command = Command(sql, parameters);
        await using var disposing = command.ConfigureAwait(false);
        return await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>What the server's clock says.</summary>
    public async Task<DateTimeOffset> NowAsync(CancellationToken cancellationToken) =>
        new((DateTime)(await ExecuteAsync("SELECT now()", cancellationToken).ConfigureAwait(false))!);

    /// <summary>Sends the rows of those tables that have any; their buffers are given back.</summary>
    public Task CopyAsync(CancellationToken cancellationToken, params IReadOnlyList<PostgresTableRows> tables) =>
        PostgresCopy.WriteAsync(_connection, tables, _options.CommandTimeout, cancellationToken);

    /// <summary>Notes how many rows of these periods were appended, so that they are merged in time.</summary>
    public async Task NoteAsync(PostgresNames names, string level, IEnumerable<(DateTimeOffset Bucket, int Rows)> appended, CancellationToken cancellationToken) =>
        _ = await ExecuteAsync(
            $"SELECT {names.Of("note_folds")}($1, $2)",
            cancellationToken,
            new NpgsqlParameter<string> { TypedValue = level },
            new NpgsqlParameter<string> { TypedValue = string.Join(',', appended.Select(period => string.Create(CultureInfo.InvariantCulture, $"{period.Bucket.UtcDateTime:u}={period.Rows}"))) })
            .ConfigureAwait(false);

    private NpgsqlCommand Command(string sql, NpgsqlParameter[] parameters)
    {
        var command = new NpgsqlCommand(PostgresLlmTracing.Own(sql), _connection) { CommandTimeout = _timeout };
        command.Parameters.AddRange(parameters);
        return command;
    }
}
