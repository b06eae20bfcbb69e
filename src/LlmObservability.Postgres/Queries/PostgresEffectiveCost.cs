using Npgsql;

namespace LlmObservability.Postgres;

/// <summary>Calls with the cost that counts: the newest repricing's, if there is one, else the one that was recorded.</summary>
internal static class PostgresEffectiveCost
{
    private static readonly int Columns = PostgresColumns.Calls.Split(", ").Length;

    /// <summary>All calls that began at $1 or later and before $2, for <see cref="Call"/>.</summary>
    public static string CallsSql(PostgresNames names) =>
        $"""
        SELECT {string.Join(", ", PostgresColumns.Calls.Split(", ").Select(column => "c." + column))},
          r.call_id IS NOT NULL, r.cost_input_nanos, r.cost_cached_input_nanos, r.cost_output_nanos, r.cost_fees_nanos
        FROM {names.Calls} c
        LEFT JOIN (
          SELECT DISTINCT ON (a.call_id, a.call_started_at) a.*
          FROM {names.Amendments} a
          WHERE a.kind = 'repricing' AND a.call_started_at >= $1 AND a.call_started_at < $2
          ORDER BY a.call_id, a.call_started_at, a.created_at DESC, a.id DESC) r ON r.call_id = c.id AND r.call_started_at = c.started_at
        WHERE c.started_at >= $1 AND c.started_at < $2
        """;

    public static LlmCall Call(NpgsqlDataReader reader)
    {
        var call = PostgresRowReader.Call(reader);
        return reader.GetBoolean(Columns) ? call with { Cost = Cost(reader) } : call;
    }

    private static LlmCost? Cost(NpgsqlDataReader reader) => reader.IsDBNull(Columns + 1) ? null : new LlmCost
    {
        InputNanos = reader.GetInt64(Columns + 1),
        CachedInputNanos = reader.GetInt64(Columns + 2),
        OutputNanos = reader.GetInt64(Columns + 3),
        FeesNanos = reader.GetInt64(Columns + 4),
    };
}
