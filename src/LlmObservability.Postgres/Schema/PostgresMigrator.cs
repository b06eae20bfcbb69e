using System.Data;
using LlmObservability.Sinks;
using Npgsql;

namespace LlmObservability.Postgres;

/// <summary>Brings the schema to the version that this library knows, or checks that it is there.</summary>
/// <param name="dataSource">Where connections come from.</param>
/// <param name="names">The schema.</param>
/// <param name="commandTimeout">The bound on one statement, in seconds.</param>
/// <param name="migrationTimeout">The bound on one migration, which may build indexes on what is there, in seconds.</param>
internal sealed class PostgresMigrator(NpgsqlDataSource dataSource, PostgresNames names, int commandTimeout, int migrationTimeout)
{
    public async Task RunAsync(SchemaMode mode, CancellationToken cancellationToken)
    {
        if (mode == SchemaMode.None)
        {
            return;
        }

        var connection = await dataSource.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        await using var closing = connection.ConfigureAwait(false);
        var applied = await ReadVersionsAsync(connection, cancellationToken).ConfigureAwait(false);
        if (Verify(applied) == PostgresSchema.Version)
        {
            return;
        }

        if (mode == SchemaMode.Check)
        {
            throw new LlmSinkException(
                $"The schema {names.QuotedSchema} has version {Verify(applied)}, and version {PostgresSchema.Version} is needed: "
                + "run the script of PostgresSchema.Script, or set SchemaMode to Apply.");
        }

        try
        {
            await ApplyAsync(connection, cancellationToken).ConfigureAwait(false);
        }
        catch (PostgresException exception) when (exception.SqlState == PostgresErrorCodes.InsufficientPrivilege)
        {
            throw new LlmSinkException(
                $"The role may not make or migrate schema {names.QuotedSchema} (42501): run the script of PostgresSchema.Script "
                + "as its owner, then that of PostgresSchema.GrantWriterScript for this role.");
        }
    }

    private async Task ApplyAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        var transaction = await connection.BeginTransactionAsync(IsolationLevel.ReadCommitted, cancellationToken).ConfigureAwait(false);
        await using var rollingBack = transaction.ConfigureAwait(false);
        // A session that loses its client in between must not keep the lock on the schema from others.
        await PostgresClaim.BoundAsync(connection, migrationTimeout, cancellationToken).ConfigureAwait(false);
        await ExecuteAsync(
            connection,
            "SELECT pg_advisory_xact_lock(hashtextextended('llm_observability.schema.' || $1, 0))",
            names.Schema,
            cancellationToken).ConfigureAwait(false);

        // Only where it is missing: IF NOT EXISTS would ask for the right to create it all the same.
        if (await ScalarAsync(
            connection, "SELECT count(*) FROM pg_namespace WHERE nspname = $1", names.Schema, cancellationToken)
            .ConfigureAwait(false) is 0L)
        {
            await ExecuteAsync(connection, $"CREATE SCHEMA {names.QuotedSchema}", null, cancellationToken).ConfigureAwait(false);
        }

        await ExecuteAsync(
            connection,
            "SELECT set_config('search_path', quote_ident($1) || ', pg_temp', true)",
            names.Schema,
            cancellationToken).ConfigureAwait(false);
        await ExecuteAsync(connection, PostgresSchema.BookkeepingSql, null, cancellationToken).ConfigureAwait(false);

        var version = Verify(await ReadAsync(
            connection, "SELECT version, name, checksum FROM schema_migrations ORDER BY version", cancellationToken)
            .ConfigureAwait(false));
        foreach (var migration in PostgresMigration.All.Where(m => m.Version > version))
        {
            await ExecuteAsync(connection, migration.Sql, null, cancellationToken).ConfigureAwait(false);
            var insert = Command(connection, "INSERT INTO schema_migrations (version, name, checksum) VALUES ($1, $2, $3)", migrationTimeout);
            await using var disposing = insert.ConfigureAwait(false);
            insert.Parameters.Add(new NpgsqlParameter<int> { TypedValue = migration.Version });
            insert.Parameters.Add(new NpgsqlParameter<string> { TypedValue = migration.Name });
            insert.Parameters.Add(new NpgsqlParameter<string> { TypedValue = migration.Checksum });
            await insert.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
        }

        await transaction.CommitAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>The version that is there; throws when it is not one that this library can work with.</summary>
    private int Verify(List<(int Version, string Name, string Checksum)> applied)
    {
        foreach (var (version, name, checksum) in applied)
        {
            if (version > PostgresSchema.Version)
            {
                throw new LlmSinkException(
                    LlmSinkFailure.Transient,
                    $"The schema {names.QuotedSchema} has version {applied[^1].Version}, newer than version {PostgresSchema.Version} "
                    + "that this library knows: update LlmObservability.Postgres. Calls wait until then.");
            }

            var known = PostgresMigration.All.FirstOrDefault(m => m.Version == version);
            if (known is null || known.Checksum != checksum)
            {
                throw new LlmSinkException(
                    LlmSinkFailure.Transient,
                    $"Migration {version} ({name}) of schema {names.QuotedSchema} is not the one that this library holds: "
                    + "its checksum differs. Use another schema, or the library that applied it.");
            }
        }

        return applied.Count == 0 ? 0 : applied[^1].Version;
    }

    /// <summary>Through a function, so that a role with no right to read can look too. Nothing there: version 0.</summary>
    private async Task<List<(int Version, string Name, string Checksum)>> ReadVersionsAsync(
        NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        try
        {
            return await ReadAsync(
                connection,
                $"SELECT version, name, checksum FROM {names.Of("schema_versions")}() ORDER BY version",
                cancellationToken).ConfigureAwait(false);
        }
        catch (PostgresException exception) when (PostgresErrors.IsMissingObject(exception.SqlState))
        {
            return [];
        }
    }

    private async Task<List<(int Version, string Name, string Checksum)>> ReadAsync(
        NpgsqlConnection connection, string sql, CancellationToken cancellationToken)
    {
        var command = Command(connection, sql, commandTimeout);
        await using var disposing = command.ConfigureAwait(false);
        var reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        await using var closing = reader.ConfigureAwait(false);
        List<(int, string, string)> rows = [];
        while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
        {
            rows.Add((reader.GetInt32(0), reader.GetString(1), reader.GetString(2)));
        }

        return rows;
    }

    private async Task ExecuteAsync(NpgsqlConnection connection, string sql, string? argument, CancellationToken cancellationToken) =>
        _ = await ScalarAsync(connection, sql, argument, cancellationToken).ConfigureAwait(false);

    private async Task<object?> ScalarAsync(
        NpgsqlConnection connection, string sql, string? argument, CancellationToken cancellationToken)
    {
        var command = Command(connection, sql, migrationTimeout);
        await using var disposing = command.ConfigureAwait(false);
        if (argument is not null)
        {
            command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = argument });
        }

        return await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false);
    }

    private static NpgsqlCommand Command(NpgsqlConnection connection, string sql, int timeout) =>
        new(PostgresLlmTracing.Own(sql), connection) { CommandTimeout = timeout };
}
