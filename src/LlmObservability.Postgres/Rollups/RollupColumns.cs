namespace LlmObservability.Postgres;

/// <summary>The columns of rollup rows in the order in which they are written and read.</summary>
internal static class RollupColumns
{
    public const string Values =
        "bucket, field, value, calls, priced, input_tokens, output_tokens, "
        + "cost_input_nanos, cost_cached_input_nanos, cost_output_nanos, cost_fees_nanos";

    /// <summary>The fields by which rows of any set are told apart, in the order of their columns.</summary>
    public static IReadOnlyList<string> Dimensions { get; } =
    [
        "environment", "service", "service_version", "operation", "provider", "model", "route",
        "tenant", "feature", "config", "variant", "error_type", "finish_reason",
    ];

    /// <summary>The counters, in the order of <see cref="RollupCounter"/>.</summary>
    public static IReadOnlyList<string> Counters { get; } =
    [
        "calls", "completed", "failed", "cancelled", "abandoned", "streaming", "cached",
        "usage_reported", "usage_estimated", "usage_missing", "priced", "attempts", "tool_calls", "schema_checked", "schema_failures",
        "input_tokens", "output_tokens", "uncached_input_tokens", "cache_read_tokens", "cache_write_5m_tokens", "cache_write_1h_tokens",
        "visible_output_tokens", "reasoning_tokens",
        "cost_input_nanos", "cost_cached_input_nanos", "cost_output_nanos", "cost_fees_nanos",
    ];

    /// <summary>All columns of a row.</summary>
    public static string All { get; } = string.Join(
        ", ",
        [
            "bucket", "rollup", .. Dimensions, .. Counters,
            .. Distribution("duration_us", "sum"),
            .. Distribution("time_to_first_token_us", "count", "sum"),
            .. Distribution("output_tokens"),
            .. Distribution("output_tokens_per_second", "count", "sum"),
            .. Distribution("queue_wait_us", "count", "sum"),
        ]);

    private static IEnumerable<string> Distribution(string measure, params string[] own) =>
        own.Concat(["min", "max", "histogram"]).Select(part => measure + "_" + part);
}
