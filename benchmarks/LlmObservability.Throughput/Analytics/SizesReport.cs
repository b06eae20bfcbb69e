using Npgsql;

namespace LlmObservability.Throughput.Analytics;

/// <summary>Bytes a call, by table and index, over all partitions.</summary>
internal static class SizesReport
{
    public const double RowsBound = 900;
    public const double RollupsBound = 100;

    // A table's parts, where it is partitioned, else the table; the same for its indexes.
    private const string Parts = """
        SELECT root.relname AS name, part.oid, part.reltoastrelid AS toast
        FROM pg_class root
        CROSS JOIN LATERAL (
          SELECT t.relid FROM pg_partition_tree(root.oid) t WHERE t.isleaf
          UNION SELECT root.oid WHERE root.relkind NOT IN ('p', 'I')) tree
        JOIN pg_class part ON part.oid = tree.relid
        WHERE root.relnamespace = $1::regnamespace AND NOT root.relispartition
        """;

    public static async Task<bool> RunAsync(BenchmarkDatabase database)
    {
        var calls = (double)await database.CountAsync(AnalyticsStore.Schema);
        Report.Line($"sizes: bytes a call, of {calls:N0} calls");
        Report.Line($"  {"table",-28} {"heap",9} {"toast",9} {"indexes",9} {"all",9} {"rows",12}");
        var (rows, rollups) = (0.0, 0.0);
        foreach (var (name, heap, toast, indexes, all, count) in await TablesAsync(database))
        {
            Report.Line($"  {name,-28} {heap / calls,9:F1} {toast / calls,9:F1} {indexes / calls,9:F1} {all / calls,9:F1} {count,12:N0}");
            rows += name is "calls" or "attempts" or "tool_calls" ? all : 0;
            rollups += name.StartsWith("rollup_", StringComparison.Ordinal) ? all : 0;
        }

        Report.Line($"  {"index",-60} {"bytes",9}");
        foreach (var (name, bytes) in await IndexesAsync(database))
        {
            Report.Line($"  {name,-60} {bytes / calls,9:F1}");
        }

        Report.Line($"calls, attempts and tool calls: {rows / calls:F0} bytes a call, bound {RowsBound}; rollups {rollups / calls:F1}, bound {RollupsBound}");
        return rows / calls <= RowsBound && rollups / calls <= RollupsBound;
    }

    private static Task<List<(string Name, long Heap, long Toast, long Indexes, long All, long Rows)>> TablesAsync(BenchmarkDatabase database)
    {
        const string Sql = $"""
            SELECT name, sum(pg_table_size(oid) - coalesce(toasted, 0))::bigint, coalesce(sum(toasted), 0)::bigint,
              sum(pg_indexes_size(oid))::bigint, sum(pg_total_relation_size(oid))::bigint, sum(greatest(live, 0))::bigint
            FROM (
              SELECT p.*, CASE WHEN toast <> 0 THEN pg_total_relation_size(toast) END AS toasted, c.reltuples::bigint AS live
              FROM ({Parts} AND root.relkind IN ('r', 'p')) p JOIN pg_class c ON c.oid = p.oid) parts
            GROUP BY name ORDER BY 5 DESC
            """;
        return QueryAsync(database, Sql, reader =>
            (reader.GetString(0), reader.GetInt64(1), reader.GetInt64(2), reader.GetInt64(3), reader.GetInt64(4), reader.GetInt64(5)));
    }

    private static Task<List<(string Name, long Bytes)>> IndexesAsync(BenchmarkDatabase database)
    {
        const string Sql = $"""
            SELECT name, sum(pg_relation_size(oid))::bigint FROM ({Parts} AND root.relkind IN ('i', 'I')) parts
            GROUP BY name HAVING sum(pg_relation_size(oid)) > 65536 ORDER BY 2 DESC
            """;
        return QueryAsync(database, Sql, reader => (reader.GetString(0), reader.GetInt64(1)));
    }

    private static async Task<List<T>> QueryAsync<T>(BenchmarkDatabase database, string sql, Func<NpgsqlDataReader, T> read)
    {
        await using var command = database.DataSource.CreateCommand(sql);
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = AnalyticsStore.Schema });
        await using var reader = await command.ExecuteReaderAsync();
        List<T> rows = [];
        while (await reader.ReadAsync())
        {
            rows.Add(read(reader));
        }

        return rows;
    }
}
