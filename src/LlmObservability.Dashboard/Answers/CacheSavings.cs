namespace LlmObservability.Dashboard.Answers;

/// <summary>What reading from the cache saved.</summary>
/// <param name="Nanos">Of the calls of which it is known.</param>
/// <param name="Unknown">How many the others are.</param>
internal readonly record struct CacheSavings(decimal Nanos, long Unknown)
{
    public CacheSavings And(long? nanos) => nanos is { } known ? this with { Nanos = Nanos + known } : this with { Unknown = Unknown + 1 };
}
