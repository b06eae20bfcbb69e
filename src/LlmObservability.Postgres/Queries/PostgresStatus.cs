using LlmObservability.Queries;
using Npgsql;

namespace LlmObservability.Postgres;

/// <summary>
/// What the server's catalog tells of the schema's tables, and the few rows that say how the calls and their sums stand. Reads no more of
/// any table than an index or a bound allows; what the role may not read is left out. For one question.
/// </summary>
internal sealed class PostgresStatus(PostgresAsking asking, PostgresNames names)
{
    private const int MostDeltas = 100_000;

    private static readonly string[] Listed =
        [.. PostgresRelations.Tables, .. PostgresRelations.Rollups, .. PostgresRelations.ValueRollups, .. PostgresRelations.RollupsSince, .. PostgresRelations.Bookkeeping];

    public async Task<LlmStoreStatus> RunAsync(CancellationToken cancellationToken)
    {
        // So that the catalog prints bounds of partitions in a form that every session reads the same.
        await RowsAsync("SELECT set_config('timezone', 'UTC', true), set_config('datestyle', 'ISO', true)", static _ => true, cancellationToken).ConfigureAwait(false);
        var versions = await RowsAsync(
            $"SELECT max(version) FROM {names.Of("schema_versions")}()", static reader => Nullable<int>(reader, 0), cancellationToken).ConfigureAwait(false);
        var tables = await TablesAsync(cancellationToken).ConfigureAwait(false);
        var readable = tables.Where(table => table.Readable).Select(table => table.Table.Name).ToHashSet();
        var status = new LlmStoreStatus
        {
            Store = "postgres",
            SchemaVersion = versions.SingleOrDefault(),
            Tables = [.. tables.Select(table => table.Table)],
            SizeBytes = tables.Sum(table => table.Table.SizeBytes),
        };
        if (readable.Contains("calls"))
        {
            status = status with
            {
                OldestCallAt = await EndAsync("ASC", cancellationToken).ConfigureAwait(false),
                NewestCallAt = await EndAsync("DESC", cancellationToken).ConfigureAwait(false),
            };
        }

        return readable.Contains("rollup_deltas") && readable.Contains("rollup_value_deltas")
            ? await WithDeltasAsync(status, cancellationToken).ConfigureAwait(false)
            : status;
    }

    private Task<List<(LlmStoreTable Table, bool Readable)>> TablesAsync(CancellationToken cancellationToken)
    {
        var statement = new PostgresStatement();
        var listed = string.Join(", ", Listed.Select((name, place) => $"({statement.Text(name)}, {LlmValue.Format(place)})"));
        // Rows as of the last VACUUM or ANALYZE; a table that had neither and is empty has none.
        return asking.ReadAsync(
            statement,
            $$"""
            SELECT t.name, CASE WHEN bool_and(c.relkind = 'p') THEN count(i.inhrelid) END, coalesce(sum(pg_total_relation_size(l.oid)), 0)::bigint,
              CASE WHEN coalesce(sum(r.rows), 0) > 0 OR bool_and(r.rows IS NOT NULL) THEN sum(r.rows)::bigint END,
              min((regexp_match(b.bound, 'FROM \(''([^'']+)''\)'))[1]::timestamptz), max((regexp_match(b.bound, 'TO \(''([^'']+)''\)'))[1]::timestamptz),
              bool_and(has_table_privilege(c.oid, 'SELECT'))
            FROM (VALUES {{listed}}) AS t(name, place)
            JOIN pg_namespace n ON n.nspname = {{statement.Text(names.Schema)}}
            JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = t.name AND c.relkind IN ('r', 'p')
            LEFT JOIN pg_inherits i ON i.inhparent = c.oid
            LEFT JOIN pg_class l ON l.oid = coalesce(i.inhrelid, c.oid)
            LEFT JOIN LATERAL pg_get_expr(l.relpartbound, l.oid) AS b(bound) ON true
            CROSS JOIN LATERAL (SELECT CASE WHEN l.relkind = 'p' THEN 0 WHEN l.reltuples >= 0 THEN l.reltuples::bigint WHEN pg_relation_size(l.oid) = 0 THEN 0 END) AS r(rows)
            GROUP BY t.name, t.place
            ORDER BY t.place
            """,
            static reader => (
                new LlmStoreTable
                {
                    Name = reader.GetString(0),
                    Partitions = (int?)Nullable<long>(reader, 1),
                    SizeBytes = reader.GetInt64(2),
                    Rows = Nullable<long>(reader, 3),
                    From = Nullable<DateTimeOffset>(reader, 4),
                    To = Nullable<DateTimeOffset>(reader, 5),
                },
                reader.GetBoolean(6)),
            cancellationToken);
    }

    /// <summary>When the oldest or newest call began; null when there is none.</summary>
    private async Task<DateTimeOffset?> EndAsync(string direction, CancellationToken cancellationToken)
    {
        var found = await asking.ReadAsync(
            new PostgresStatement(), $"SELECT started_at FROM {names.Calls} ORDER BY started_at {direction}, id {direction} LIMIT 1",
            static reader => reader.GetFieldValue<DateTimeOffset>(0), cancellationToken, byIndex: true).ConfigureAwait(false);
        return found.Count == 0 ? null : found[0];
    }

    private async Task<LlmStoreStatus> WithDeltasAsync(LlmStoreStatus status, CancellationToken cancellationToken)
    {
        // Each table for itself, or the one would leave the other no place. The deltas have no index, which every batch would pay for: they
        // are few while they are folded, and where they are not, the first of the table are the oldest or near it. Sums of values are by the
        // hour, and its end says for how long they wait at the least.
        var statement = new PostgresStatement();
        var most = statement.Integer(MostDeltas);
        var waiting = await asking.ReadAsync(
            statement,
            $"""
            SELECT count(*), greatest(extract(epoch FROM clock_timestamp() - min(since)), 0)::double precision FROM (
              (SELECT bucket AS since FROM {names.Of("rollup_deltas")} LIMIT {most})
              UNION ALL (SELECT bucket + interval '1 hour' FROM {names.Of("rollup_value_deltas")} LIMIT {most})) AS deltas
            """,
            static reader => (Count: reader.GetInt64(0), Age: Nullable<double>(reader, 1)),
            cancellationToken).ConfigureAwait(false);
        var (count, age) = waiting[0];
        return status with { WaitingDeltas = count, RollupLag = TimeSpan.FromSeconds(age ?? 0) };
    }

    private Task<List<T>> RowsAsync<T>(string sql, Func<NpgsqlDataReader, T> read, CancellationToken cancellationToken) =>
        asking.ReadAsync(new PostgresStatement(), sql, read, cancellationToken);

    private static T? Nullable<T>(NpgsqlDataReader reader, int column)
        where T : struct => reader.IsDBNull(column) ? null : reader.GetFieldValue<T>(column);
}
