using System.Globalization;

namespace LlmObservability.Postgres;

/// <summary>
/// The statements that compare rollups with calls, from $1 on and before $2: each tells how many sums differ. By SQL alone, so
/// that an error of the code that sums cannot hide itself.
/// </summary>
internal sealed class RollupCheckSql(PostgresNames names)
{
    // Doubles that are added in another order differ in their last digits.
    private const string Rounding = "1e-9";

    // A histogram's bucket: the upper 17 bits of the value, the least of which is that of 2^-10.
    private const string BucketOfCall =
        "CASE WHEN m.value > 0 AND m.value < 'NaN' "
        + "THEN least(greatest((('x' || encode(float8send(m.value), 'hex'))::bit(64)::bigint >> 47) - 32416, 0), 2048)::integer + 1 ELSE 0 END";

    // Its bytes: two of the bucket, and a count of seven bits a byte, of which all but the last have the eighth set.
    private const string EntriesOfRow =
        "regexp_matches(encode(m.bytes, 'hex'), '(....)((?:[89a-f].)*[0-7].)', 'g') AS e(entry) "
        + "CROSS JOIN LATERAL (SELECT decode(e.entry[2], 'hex') AS bytes) AS c "
        + "CROSS JOIN LATERAL (SELECT sum((get_byte(c.bytes, i) & 127)::bigint << (7 * i)) AS count FROM generate_series(0, octet_length(c.bytes) - 1) AS i) AS n";

    private const string Priced = "count(effective_nanos)";

    private static readonly (string Column, string OfCalls)[] Measures =
    [
        ("calls", "count(*)"),
        ("completed", "count(*) FILTER (WHERE outcome = 'completed')"),
        ("failed", "count(*) FILTER (WHERE outcome = 'failed')"),
        ("cancelled", "count(*) FILTER (WHERE outcome = 'cancelled')"),
        ("abandoned", "count(*) FILTER (WHERE outcome = 'abandoned')"),
        ("streaming", "count(*) FILTER (WHERE streaming)"),
        ("cached", "count(*) FILTER (WHERE cached)"),
        ("usage_reported", "count(*) FILTER (WHERE usage_source = 'reported')"),
        ("usage_estimated", "count(*) FILTER (WHERE usage_source = 'estimated')"),
        ("usage_missing", "count(*) FILTER (WHERE usage_source = 'missing')"),
        ("priced", Priced),
        ("attempts", "sum(attempt_count)"),
        ("tool_calls", "sum(tool_call_count)"),
        ("schema_checked", "count(schema_validated)"),
        ("schema_failures", "count(*) FILTER (WHERE NOT schema_validated)"),
        ("input_tokens", "sum(input_tokens)"),
        ("output_tokens", "sum(output_tokens)"),
        ("uncached_input_tokens", "sum(uncached_input_tokens)"),
        ("cache_read_tokens", "sum(cache_read_tokens)"),
        ("cache_write_5m_tokens", "sum(cache_write_5m_tokens)"),
        ("cache_write_1h_tokens", "sum(cache_write_1h_tokens)"),
        ("visible_output_tokens", "sum(visible_output_tokens)"),
        ("reasoning_tokens", "sum(reasoning_tokens)"),
        ("cost_input_nanos", "sum(effective_input_nanos)"),
        ("cost_cached_input_nanos", "sum(effective_cached_input_nanos)"),
        ("cost_output_nanos", "sum(effective_output_nanos)"),
        ("cost_fees_nanos", "sum(effective_fees_nanos)"),
        ("duration_us_sum", "sum(duration_us)"),
        ("time_to_first_token_us_count", "count(time_to_first_token_us)"),
        ("time_to_first_token_us_sum", "sum(time_to_first_token_us)"),
        ("queue_wait_us_count", "count(queue_wait_us)"),
        ("queue_wait_us_sum", "sum(queue_wait_us)"),
        ("output_tokens_per_second_count", "count(output_tokens_per_second)"),
    ];

    private static readonly string[] Extremes = ["duration_us", "time_to_first_token_us", "output_tokens", "output_tokens_per_second", "queue_wait_us"];

    private static readonly (string Column, string OfCalls)[] ValueSumsOfCalls =
    [
        ("calls", "count(*)"),
        ("priced", Priced),
        ("input_tokens", "sum(input_tokens)"),
        ("output_tokens", "sum(output_tokens)"),
        ("cost_input_nanos", "sum(effective_input_nanos)"),
        ("cost_cached_input_nanos", "sum(effective_cached_input_nanos)"),
        ("cost_output_nanos", "sum(effective_output_nanos)"),
        ("cost_fees_nanos", "sum(effective_fees_nanos)"),
    ];

    /// <summary>Every measure of a set but for its histograms.</summary>
    public string Sums(RollupSet set, string level, string unit)
    {
        var keys = Keys(set);
        var ofCalls = Measures.Select(sum => $"coalesce({sum.OfCalls}, 0)").Concat(Extremes.SelectMany(measure => (string[])[$"min({measure})", $"max({measure})"]));
        var ofRollups = Measures.Select(sum => $"coalesce(sum({sum.Column}), 0)")
            .Concat(Extremes.SelectMany(measure => (string[])[$"min({measure}_min)", $"max({measure}_max)"]));
        return Difference(
            keys,
            $"SELECT {Time("started_at", unit)} AS t, {keys}, {Exact(ofCalls)}, coalesce(sum(output_tokens_per_second), 0) FROM {Calls()} GROUP BY t, {keys}",
            $"SELECT {Time("bucket", unit)} AS t, {keys}, {Exact(ofRollups)}, coalesce(sum(output_tokens_per_second_sum), 0) FROM {Rows(set, level)} GROUP BY t, {keys}");
    }

    /// <summary>Every count of every bucket of a set's histograms.</summary>
    public string Histograms(RollupSet set, string level, string unit)
    {
        var keys = Keys(set);
        string Each(string ofMeasure, string column) =>
            $"CROSS JOIN LATERAL (VALUES {string.Join(", ", Extremes.Select(measure => $"('{measure}', {string.Format(CultureInfo.InvariantCulture, ofMeasure, measure)})"))}) AS m(measure, {column})";
        return Difference(
            keys + ", measure, size",
            $"SELECT {Time("started_at", unit)} AS t, {keys}, m.measure, {BucketOfCall} AS size, {Exact(["count(*)"])}, 0::double precision "
            + $"FROM {Calls()} {Each("{0}::double precision", "value")} WHERE m.value IS NOT NULL GROUP BY t, {keys}, m.measure, size",
            $"SELECT {Time("bucket", unit)} AS t, {keys}, m.measure, ('x' || e.entry[1])::bit(16)::integer AS size, {Exact(["sum(n.count)"])}, 0::double precision "
            + $"FROM {Rows(set, level)} {Each("{0}_histogram", "bytes")} CROSS JOIN LATERAL {EntriesOfRow} GROUP BY t, {keys}, m.measure, size");
    }

    /// <summary>What values of a field spent. One that shares its sums with others is left out; then the sums of all of the field are still those of the calls.</summary>
    /// <param name="field">The field's name, as SQL.</param>
    /// <param name="expression">Its value in a call.</param>
    /// <param name="unit">hour or day.</param>
    public string Values(string field, string expression, string unit)
    {
        var rollups = $"(SELECT * FROM {names.Of("rollup_value_deltas")} UNION ALL SELECT * FROM {names.Of($"rollup_value_{unit}s")}) AS r "
            + $"WHERE field = {field} AND bucket >= $1 AND bucket < $2";
        string Own(string value) => $"CASE WHEN EXISTS (SELECT FROM {rollups} AND value IS NULL) THEN NULL ELSE {value} END";
        return Difference(
            "v",
            $"SELECT {Time("started_at", unit)} AS t, {Own(expression)} AS v, {Exact(ValueSumsOfCalls.Select(sum => $"coalesce({sum.OfCalls}, 0)"))}, 0::double precision "
            + $"FROM {Calls()} WHERE {expression} IS NOT NULL GROUP BY t, v",
            $"SELECT {Time("bucket", unit)} AS t, {Own("value")} AS v, {Exact(ValueSumsOfCalls.Select(sum => $"coalesce(sum({sum.Column}), 0)"))}, 0::double precision "
            + $"FROM {rollups} GROUP BY t, v");
    }

    /// <summary>Of each key there must be one of both, with equal measures.</summary>
    private static string Difference(string keys, string calls, string rollups) =>
        $"""
        SELECT count(*) FROM (
          SELECT FROM ({calls} UNION ALL {rollups}) AS s (t, {keys}, exact, speed)
          GROUP BY t, {keys}
          HAVING count(*) <> 2 OR min(exact) IS DISTINCT FROM max(exact) OR max(speed) - min(speed) > {Rounding} * max(abs(speed))) AS d
        """;

    private static string Keys(RollupSet set) => string.Join(", ", set.Dimensions.Select(field => PostgresNames.Quote(field.Name)));

    private static string Exact(IEnumerable<string> measures) => $"ARRAY[{string.Join(", ", measures.Select(measure => measure + "::numeric"))}]";

    private static string Time(string column, string unit) => $"date_trunc('{unit}', {column}, 'UTC')";

    private string Rows(RollupSet set, string level) =>
        $"(SELECT * FROM (SELECT * FROM {names.Of("rollup_deltas")} WHERE rollup = '{set.NameInDeltas}' "
        + $"UNION ALL SELECT * FROM {names.Of("rollup_" + level)} WHERE rollup = '{set.Name}') AS every WHERE bucket >= $1 AND bucket < $2) AS r";

    private string Calls() =>
        $"""
        (SELECT c.*,
           CASE WHEN r.call_id IS NULL THEN c.cost_nanos ELSE r.cost_nanos END AS effective_nanos,
           CASE WHEN r.call_id IS NULL THEN c.cost_input_nanos ELSE r.cost_input_nanos END AS effective_input_nanos,
           CASE WHEN r.call_id IS NULL THEN c.cost_cached_input_nanos ELSE r.cost_cached_input_nanos END AS effective_cached_input_nanos,
           CASE WHEN r.call_id IS NULL THEN c.cost_output_nanos ELSE r.cost_output_nanos END AS effective_output_nanos,
           CASE WHEN r.call_id IS NULL THEN c.cost_fees_nanos ELSE r.cost_fees_nanos END AS effective_fees_nanos
         FROM {names.Calls} c
         LEFT JOIN (
           SELECT DISTINCT ON (a.call_id, a.call_started_at) a.* FROM {names.Amendments} a
           WHERE a.kind = 'repricing' AND a.call_started_at >= $1 AND a.call_started_at < $2
           ORDER BY a.call_id, a.call_started_at, a.created_at DESC, a.id DESC) r ON r.call_id = c.id AND r.call_started_at = c.started_at
         WHERE c.started_at >= $1 AND c.started_at < $2) AS calls
        """;
}
