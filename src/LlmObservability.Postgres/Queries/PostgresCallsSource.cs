using LlmObservability.Queries;

namespace LlmObservability.Postgres;

/// <summary>Calls as a table for aggregates: with the costs that count, and only the columns that are measured.</summary>
internal static class PostgresCallsSource
{
    private static readonly string[] Costs = ["cost_nanos", "cost_input_nanos", "cost_cached_input_nanos", "cost_output_nanos", "cost_fees_nanos"];

    private static readonly string Measured = string.Join(
        ", ",
        [
            "outcome", "streaming", "cached", "usage_source", "attempt_count", "tool_call_count", "schema_validated",
            "input_tokens", "output_tokens", "uncached_input_tokens", "cache_read_tokens", "cache_write_5m_tokens", "cache_write_1h_tokens",
            "visible_output_tokens", "reasoning_tokens", "duration_us", "time_to_first_token_us", "output_tokens_per_second", "queue_wait_us",
            .. Costs.Select(cost => $"CASE WHEN repriced IS NULL THEN {cost} ELSE new_{cost} END AS {cost}"),
        ]);

    private static readonly string Repriced = string.Join(", ", Costs.Select(cost => $"{cost} AS new_{cost}"));

    /// <summary>A subquery of <c>started_at</c>, the keys as <c>k1</c> and on, and what is measured.</summary>
    public static string Sql(
        PostgresStatement statement, PostgresNames names, LlmFilter filter, IReadOnlyList<LlmField> groupBy)
    {
        var keys = string.Concat(groupBy.Select((field, i) => $"{statement.ColumnText(field)} AS {Key(i)}, "));

        // Of a repricing no name is one of the call's, so that conditions mean the call.
        return $"""
            (SELECT started_at, {keys}{Measured}
            FROM {names.Calls} LEFT JOIN (
              SELECT DISTINCT ON (call_id, call_started_at) call_id AS repriced, call_started_at AS repriced_call_started_at, {Repriced}
              FROM {names.Amendments}
              WHERE kind = 'repricing' AND {statement.Window(filter.From, filter.To, "call_started_at")}
              ORDER BY call_id, call_started_at, created_at DESC, id DESC) AS repricings
            ON repriced = id AND repriced_call_started_at = started_at
            WHERE {statement.Where(filter)})
            """;
    }

    /// <summary>The name of a key.</summary>
    public static string Key(int index) => "k" + LlmValue.Format(index + 1);

    /// <summary>The time bucket of a row of a table whose own buckets may be the same.</summary>
    public static string Bucket(LlmBucket bucket, string table, string column) =>
        (bucket, table) is (LlmBucket.Minute, _) or (LlmBucket.Hour, "rollup_hours" or "rollup_value_hours" or "rollup_value_deltas") or (LlmBucket.Day, "rollup_days" or "rollup_value_days")
            ? column
            : Bucket(bucket, column);

    /// <summary>The time bucket of a time.</summary>
    public static string Bucket(LlmBucket bucket, string column) => bucket == LlmBucket.None
        ? "NULL::timestamptz"
        : $"date_trunc('{bucket switch { LlmBucket.Minute => "minute", LlmBucket.Hour => "hour", _ => "day" }}', {column}, 'UTC')";
}
