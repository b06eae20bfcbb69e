namespace LlmObservability.Postgres;

/// <summary>The counters of a rollup row, in the order of <see cref="RollupColumns.Counters"/>.</summary>
internal enum RollupCounter
{
    Calls,
    Completed,
    Failed,
    Cancelled,
    Abandoned,
    Streaming,
    Cached,
    UsageReported,
    UsageEstimated,
    UsageMissing,
    Priced,
    Attempts,
    ToolCalls,
    SchemaChecked,
    SchemaFailures,
    InputTokens,
    OutputTokens,
    UncachedInputTokens,
    CacheReadTokens,
    CacheWrite5mTokens,
    CacheWrite1hTokens,
    VisibleOutputTokens,
    ReasoningTokens,
    CostInputNanos,
    CostCachedInputNanos,
    CostOutputNanos,
    CostFeesNanos,
    Count,
}
