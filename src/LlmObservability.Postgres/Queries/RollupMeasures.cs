using LlmObservability.Queries;

namespace LlmObservability.Postgres;

/// <summary>The measures in a rollup's columns: what a row holds, what a call adds as if it were a row, and the sums over both.</summary>
internal static class RollupMeasures
{
    private static readonly RollupCounter[] Every = [.. Enumerable.Range(0, (int)RollupCounter.Count).Select(i => (RollupCounter)i)];

    private static readonly RollupCounter[] Spent =
    [
        RollupCounter.Calls, RollupCounter.Priced, RollupCounter.InputTokens, RollupCounter.OutputTokens,
        RollupCounter.CostInputNanos, RollupCounter.CostCachedInputNanos, RollupCounter.CostOutputNanos, RollupCounter.CostFeesNanos,
    ];

    /// <summary>The measure, its count, its sum, and whether its values are whole numbers.</summary>
    private static readonly (string Measure, string Count, string Sum, bool Whole)[] Distributions =
    [
        ("duration_us", "calls", "duration_us_sum", true),
        ("time_to_first_token_us", "time_to_first_token_us_count", "time_to_first_token_us_sum", true),
        ("output_tokens", "output_tokens_count", "output_tokens", true),
        ("output_tokens_per_second", "output_tokens_per_second_count", "output_tokens_per_second_sum", false),
        ("queue_wait_us", "queue_wait_us_count", "queue_wait_us_sum", true),
    ];

    /// <summary>The counters of a set, in order.</summary>
    public static IReadOnlyList<RollupCounter> Of(LlmMeasureSet set) => set == LlmMeasureSet.All ? Every : Spent;

    /// <summary>The columns of a row of a level.</summary>
    public static string OfRow(LlmMeasureSet set, bool spread) => string.Join(", ", Of(set).Select(Column).Concat(set != LlmMeasureSet.All ? [] : Distributions.SelectMany(d =>
    (string[])[
        .. d.Measure switch
        {
            "output_tokens" => (string[])["coalesce(usage_reported, 0) + coalesce(usage_estimated, 0) AS output_tokens_count"],
            "duration_us" => [d.Sum],
            _ => [d.Count, d.Sum],
        },
        $"{d.Measure}_min", $"{d.Measure}_max",
        .. spread ? (string[])[$"{d.Measure}_histogram", $"NULL::bytea AS {d.Measure}_value"] : [],
    ])));

    /// <summary>The same columns of a call.</summary>
    public static string OfCall(LlmMeasureSet set, bool spread) => string.Join(", ", Of(set).Select(OfCall).Concat(set != LlmMeasureSet.All ? [] : Distributions.SelectMany(d =>
    (string[])[
        .. d.Measure switch
        {
            "output_tokens" => (string[])["(output_tokens IS NOT NULL)::integer::bigint"],
            "duration_us" => [d.Measure],
            _ => [$"({d.Measure} IS NOT NULL)::integer::bigint", d.Measure],
        },
        d.Measure, d.Measure,
        .. spread ? (string[])["NULL::bytea", $"float8send({d.Measure}::double precision)"] : [],
    ])));

    /// <summary>The sums, for <see cref="MeasureSum.Add(Npgsql.NpgsqlDataReader, int)"/>.</summary>
    public static string Sql(LlmMeasureSet set, bool spread) => string.Join(", ", Of(set).Select(counter => Sum(Column(counter))).Concat(set != LlmMeasureSet.All ? [] : Distributions.SelectMany(d =>
    (string[])[
        Sum(d.Count),
        $"sum({d.Sum})::double precision",
        $"min({d.Measure}_min)::double precision",
        $"max({d.Measure}_max)::double precision",
        spread ? $"string_agg({d.Measure}_histogram, '')" : "NULL::bytea",
        spread ? $"string_agg({d.Measure}_value, '')" : "NULL::bytea",
    ])));

    /// <summary>Sums of rows that are rows again, with the names of <see cref="OfRow"/>.</summary>
    public static string SumOfRows(LlmMeasureSet set, bool spread) => string.Join(", ", Of(set).Select(counter => Again("sum", Column(counter))).Concat(set != LlmMeasureSet.All ? [] : Distributions.SelectMany(d =>
    (string[])[
        .. d.Measure switch
        {
            "output_tokens" => (string[])[Again("sum", d.Count)],
            "duration_us" => [Again("sum", d.Sum)],
            _ => [Again("sum", d.Count), Again("sum", d.Sum)],
        },
        Again("min", $"{d.Measure}_min"), Again("max", $"{d.Measure}_max"),
        .. spread ? (string[])[$"string_agg({d.Measure}_histogram, '') AS {d.Measure}_histogram", $"string_agg({d.Measure}_value, '') AS {d.Measure}_value"] : [],
    ])));

    /// <summary>What makes a group large.</summary>
    public static string Size(LlmTopBy topBy) => string.Join(" + ", SizeColumns(topBy).Select(column => $"coalesce(sum({column}), 0)"));

    /// <summary>The columns that together tell how large a group is.</summary>
    public static IReadOnlyList<string> SizeColumns(LlmTopBy topBy) => topBy switch
    {
        LlmTopBy.Cost => [.. Spent[4..].Select(Column)],
        LlmTopBy.Tokens => [Column(RollupCounter.InputTokens), Column(RollupCounter.OutputTokens)],
        LlmTopBy.Failed => [Column(RollupCounter.Failed)],
        LlmTopBy.Duration => ["duration_us_sum"],
        _ => [Column(RollupCounter.Calls)],
    };

    private static string Again(string function, string column) => $"{function}({column}) AS {column}";

    private static string Column(RollupCounter counter) => RollupColumns.Counters[(int)counter];

    private static string Sum(string column) => $"coalesce(sum({column}), 0)::bigint";

    private static string OfCall(RollupCounter counter) => counter switch
    {
        RollupCounter.Calls => "1::bigint",
        RollupCounter.Completed or RollupCounter.Failed or RollupCounter.Cancelled or RollupCounter.Abandoned => One($"outcome = '{Column(counter)}'"),
        RollupCounter.Streaming or RollupCounter.Cached => One(Column(counter)),
        RollupCounter.UsageReported => One("usage_source = 'reported'"),
        RollupCounter.UsageEstimated => One("usage_source = 'estimated'"),
        RollupCounter.UsageMissing => One("usage_source = 'missing'"),
        RollupCounter.Priced => One("cost_nanos IS NOT NULL"),
        RollupCounter.Attempts => "attempt_count::bigint",
        RollupCounter.ToolCalls => "tool_call_count::bigint",
        RollupCounter.SchemaChecked => One("schema_validated IS NOT NULL"),
        RollupCounter.SchemaFailures => One("schema_validated IS FALSE"),
        _ => Column(counter),
    };

    private static string One(string condition) => $"({condition})::integer::bigint";
}
