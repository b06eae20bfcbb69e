namespace LlmObservability.Queries;

/// <summary>Which measures an aggregate gives.</summary>
public enum LlmMeasureSet
{
    /// <summary>All of them.</summary>
    All,

    /// <summary>
    /// What was spent: calls, priced calls, input and output tokens, and the parts of the cost; all others are zero, and there
    /// are no percentiles. A store that keeps sums by user or by own tags answers it over long times from them.
    /// </summary>
    Spend,
}
