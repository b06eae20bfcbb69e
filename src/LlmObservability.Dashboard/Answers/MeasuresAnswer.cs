using System.Text.Json.Serialization;
using LlmObservability.Queries;

namespace LlmObservability.Dashboard.Answers;

/// <summary>Measures over calls. The cost is that of the calls whose cost is known. Of <c>spend</c> the rest is left out.</summary>
internal sealed record MeasuresAnswer : CostAnswer
{
    public MeasuresAnswer(LlmMeasures measures, LlmMeasureSet set, bool histograms)
        : base(measures.Cost)
    {
        Calls = measures.Calls;
        Priced = measures.Priced;
        CostCoverage = measures.CostCoverage;
        InputTokens = measures.InputTokens;
        OutputTokens = measures.OutputTokens;
        if (set == LlmMeasureSet.Spend)
        {
            return;
        }

        Completed = measures.Completed;
        Failed = measures.Failed;
        Cancelled = measures.Cancelled;
        Abandoned = measures.Abandoned;
        Streaming = measures.Streaming;
        Cached = measures.Cached;
        UsageReported = measures.UsageReported;
        UsageEstimated = measures.UsageEstimated;
        UsageMissing = measures.UsageMissing;
        Attempts = measures.Attempts;
        ToolCalls = measures.ToolCalls;
        SchemaChecked = measures.SchemaChecked;
        SchemaFailures = measures.SchemaFailures;
        UncachedInputTokens = measures.UncachedInputTokens;
        CacheReadTokens = measures.CacheReadTokens;
        CacheWrite5mTokens = measures.CacheWrite5mTokens;
        CacheWrite1hTokens = measures.CacheWrite1hTokens;
        VisibleOutputTokens = measures.VisibleOutputTokens;
        ReasoningTokens = measures.ReasoningTokens;
        DurationUs = new DistributionAnswer(measures.Duration, histograms);
        TimeToFirstTokenUs = new DistributionAnswer(measures.TimeToFirstToken, histograms);
        OutputLengthTokens = new DistributionAnswer(measures.OutputLength, histograms);
        OutputTokensPerSecond = new DistributionAnswer(measures.OutputTokensPerSecond, histograms);
        QueueWaitUs = new DistributionAnswer(measures.QueueWait, histograms);
    }

    public long Calls { get; }

    public long Priced { get; }

    public double? CostCoverage { get; }

    public long InputTokens { get; }

    public long OutputTokens { get; }

    public long? Completed { get; }

    public long? Failed { get; }

    public long? Cancelled { get; }

    public long? Abandoned { get; }

    public long? Streaming { get; }

    public long? Cached { get; }

    public long? UsageReported { get; }

    public long? UsageEstimated { get; }

    public long? UsageMissing { get; }

    public long? Attempts { get; }

    public long? ToolCalls { get; }

    public long? SchemaChecked { get; }

    public long? SchemaFailures { get; }

    public long? UncachedInputTokens { get; }

    public long? CacheReadTokens { get; }

    [JsonPropertyName("cache_write_5m_tokens")]
    public long? CacheWrite5mTokens { get; }

    [JsonPropertyName("cache_write_1h_tokens")]
    public long? CacheWrite1hTokens { get; }

    public long? VisibleOutputTokens { get; }

    public long? ReasoningTokens { get; }

    public DistributionAnswer? DurationUs { get; }

    public DistributionAnswer? TimeToFirstTokenUs { get; }

    public DistributionAnswer? OutputLengthTokens { get; }

    public DistributionAnswer? OutputTokensPerSecond { get; }

    public DistributionAnswer? QueueWaitUs { get; }
}
