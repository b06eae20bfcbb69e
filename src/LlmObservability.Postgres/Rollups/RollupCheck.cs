using System.Data;
using Npgsql;

namespace LlmObservability.Postgres;

/// <summary>
/// Compares the rollups of a UTC day with its calls, level by level and set by set, all seen at one instant. By SQL alone, so that
/// an error of the code that sums cannot hide itself.
/// </summary>
internal sealed class RollupCheck(NpgsqlDataSource dataSource, PostgresNames names, PostgresLlmOptions options, TimeProvider timeProvider)
{
    private const string Priced = "count(effective_nanos)";

    private static readonly (string Column, string OfCalls)[] Sums =
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
        ("output_tokens_per_second_count", "count(output_tokens_per_second)"),
    ];

    private static readonly string[] ValueUnits = ["hour", "day"];
    private static readonly string[] Extremes = ["duration_us", "time_to_first_token_us", "output_tokens", "output_tokens_per_second"];

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

    private readonly int _timeout = (int)Math.Ceiling(options.PrepareLimit.TotalSeconds);

    /// <summary>What differs: one sentence for each level and set of which any sum does.</summary>
    public Task<IReadOnlyList<string>> RunAsync(DateOnly day, CancellationToken cancellationToken) => RollupSession.RunAsync(
        dataSource,
        options,
        IsolationLevel.RepeatableRead,
        _timeout,
        async session =>
        {
            var from = new DateTimeOffset(day, TimeOnly.MinValue, TimeSpan.Zero);
            List<string> differences = [];
            async Task CompareAsync(string what, string sql, string? key = null)
            {
                NpgsqlParameter[] parameters =
                [
                    new NpgsqlParameter<DateTimeOffset> { TypedValue = from }, new NpgsqlParameter<DateTimeOffset> { TypedValue = from.AddDays(1) },
                    .. key is null ? (NpgsqlParameter[])[] : [new NpgsqlParameter<string> { TypedValue = key }],
                ];
                var count = (long)(await session.ExecuteAsync(sql, cancellationToken, parameters).ConfigureAwait(false))!;
                if (count > 0)
                {
                    differences.Add($"{count} sums of {what} on {day:yyyy-MM-dd} are not those of the calls.");
                }
            }

            foreach (var set in RollupSet.All)
            {
                foreach (var (level, unit) in Levels(from))
                {
                    await CompareAsync($"'{set.Name}' by the {unit}", Sql(set, level, unit)).ConfigureAwait(false);
                }
            }

            foreach (var unit in ValueUnits.Where(unit => unit == "day" || HoursAreKept(from)))
            {
                await CompareAsync($"users by the {unit}", ValuesSql("'user'", "\"user\"", unit)).ConfigureAwait(false);
                foreach (var key in options.RollupTags)
                {
                    await CompareAsync(
                        "an own tag's values by the " + unit, ValuesSql("'tag.' || $3", "(tags ->> $3) COLLATE \"C\"", unit), key).ConfigureAwait(false);
                }
            }

            return (IReadOnlyList<string>)differences;
        },
        cancellationToken);

    /// <summary>Minutes are kept for the newest days only.</summary>
    private (string Level, string Unit)[] Levels(DateTimeOffset day) =>
        day >= timeProvider.GetUtcNow() - RollupFold.MinutesKept + TimeSpan.FromHours(1)
            ? [("minutes", "minute"), ("hours", "hour"), ("days", "day")]
            : HoursAreKept(day) ? [("hours", "hour"), ("days", "day")]
            : [("days", "day")];

    /// <summary>They may be kept for less long than the calls.</summary>
    private bool HoursAreKept(DateTimeOffset day) => day >= timeProvider.GetUtcNow() - options.RollupRetention;

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
           SELECT DISTINCT ON (a.call_id) a.* FROM {names.Amendments} a
           WHERE a.kind = 'repricing' AND a.call_started_at >= $1 AND a.call_started_at < $2
           ORDER BY a.call_id, a.created_at DESC, a.id DESC) r ON r.call_id = c.id AND r.call_started_at = c.started_at
         WHERE c.started_at >= $1 AND c.started_at < $2) AS calls
        """;

    private string Sql(RollupSet set, string level, string unit)
    {
        var keys = string.Join(", ", set.Dimensions.Select(field => PostgresNames.Quote(field.Name)));
        var ofCalls = string.Join(", ", Sums.Select(sum => $"coalesce({sum.OfCalls}, 0)::numeric")
            .Concat(Extremes.Select(measure => $"min({measure})::numeric, max({measure})::numeric")));
        var ofRollups = string.Join(", ", Sums.Select(sum => $"coalesce(sum({sum.Column}), 0)::numeric")
            .Concat(Extremes.Select(measure => $"min({measure}_min)::numeric, max({measure}_max)::numeric")));
        return Difference(
            $"SELECT date_trunc('{unit}', started_at, 'UTC') AS t, {keys}, {ofCalls} FROM {Calls()} GROUP BY t, {keys}",
            $"SELECT date_trunc('{unit}', bucket, 'UTC') AS t, {keys}, {ofRollups} FROM "
            + $"(SELECT * FROM {names.Of("rollup_deltas")} WHERE rollup = '{set.NameInDeltas}' "
            + $"UNION ALL SELECT * FROM {names.Of("rollup_" + level)} WHERE rollup = '{set.Name}') AS r WHERE bucket >= $1 AND bucket < $2 GROUP BY t, {keys}");
    }

    /// <summary>A value that shares its sums with others is left out; then the sums of all of the field are still those of the calls.</summary>
    private string ValuesSql(string field, string expression, string unit)
    {
        var ofCalls = string.Join(", ", ValueSumsOfCalls.Select(sum => $"coalesce({sum.OfCalls}, 0)::numeric"));
        var ofRollups = string.Join(", ", ValueSumsOfCalls.Select(sum => $"coalesce(sum({sum.Column}), 0)::numeric"));
        var rollups = $"(SELECT * FROM {names.Of("rollup_value_deltas")} UNION ALL SELECT * FROM {names.Of($"rollup_value_{unit}s")}) AS r "
            + $"WHERE field = {field} AND bucket >= $1 AND bucket < $2";
        string Own(string value) => $"CASE WHEN EXISTS (SELECT FROM {rollups} AND value IS NULL) THEN NULL ELSE {value} END";
        return Difference(
            $"SELECT date_trunc('{unit}', started_at, 'UTC') AS t, {Own(expression)} AS v, {ofCalls} FROM {Calls()} WHERE {expression} IS NOT NULL GROUP BY t, v",
            $"SELECT date_trunc('{unit}', bucket, 'UTC') AS t, {Own("value")} AS v, {ofRollups} FROM {rollups} GROUP BY t, v");
    }

    private static string Difference(string calls, string rollups) =>
        $"WITH a AS ({calls}), b AS ({rollups}) SELECT count(*) FROM ((TABLE a EXCEPT TABLE b) UNION ALL (TABLE b EXCEPT TABLE a)) AS d";
}
