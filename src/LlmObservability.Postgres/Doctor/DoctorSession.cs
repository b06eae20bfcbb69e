using System.Data;
using System.Globalization;
using Npgsql;

namespace LlmObservability.Postgres;

/// <summary>One check's connection, in a transaction of its own that reads only and is bounded; what one check breaks, the next does not see.</summary>
internal sealed class DoctorSession(NpgsqlConnection connection, PostgresNames names, int commandTimeout)
{
    public PostgresNames Names => names;

    public int ServerVersion => connection.PostgreSqlVersion.Major;

    public string ServerVersionText => connection.PostgreSqlVersion.ToString();

    public static async Task<T> RunAsync<T>(
        NpgsqlDataSource dataSource, PostgresNames names, int commandTimeout, Func<DoctorSession, CancellationToken, Task<T>> check, CancellationToken cancellationToken)
    {
        var connection = await dataSource.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        await using var closing = connection.ConfigureAwait(false);
        var transaction = await connection.BeginTransactionAsync(IsolationLevel.ReadCommitted, cancellationToken).ConfigureAwait(false);
        await using var ending = transaction.ConfigureAwait(false);
        var session = new DoctorSession(connection, names, commandTimeout);
        var commands = new NpgsqlBatch(connection) { Timeout = commandTimeout };
        await using var disposing = commands.ConfigureAwait(false);
        commands.BatchCommands.Add(PostgresClaim.Bound(commandTimeout));
        commands.BatchCommands.Add(new NpgsqlBatchCommand(PostgresLlmTracing.Own(
            "SELECT set_config('transaction_read_only', 'on', true), set_config('timezone', 'UTC', true), set_config('datestyle', 'ISO', true)")));
        await commands.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
        return await check(session, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>The only row of a query, as text; <c>$1</c> is the schema's name.</summary>
    public async Task<string?[]> RowAsync(string sql, CancellationToken cancellationToken)
    {
        var command = new NpgsqlCommand(PostgresLlmTracing.Own(sql), connection) { CommandTimeout = commandTimeout };
        await using var disposing = command.ConfigureAwait(false);
        if (sql.Contains("$1", StringComparison.Ordinal))
        {
            command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = names.Schema });
        }

        var reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        await using var closing = reader.ConfigureAwait(false);
        if (!await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
        {
            return new string?[reader.FieldCount];
        }

        var values = new string?[reader.FieldCount];
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = await reader.IsDBNullAsync(i, cancellationToken).ConfigureAwait(false)
                ? null : Convert.ToString(reader.GetValue(i), CultureInfo.InvariantCulture);
        }

        return values;
    }
}
