namespace LlmObservability.Queries;

/// <summary>Gathers the measures of one group. Sums that leave 64 bits throw rather than wrap. Not thread-safe.</summary>
internal sealed class MeasureAccumulator(bool percentiles, bool histograms, LlmMeasureSet set)
{
    private readonly long[] _outcomes = new long[4];
    private readonly long[] _usageSources = new long[3];
    private readonly DistributionAccumulator _duration = new(percentiles, histograms);
    private readonly DistributionAccumulator _timeToFirstToken = new(percentiles, histograms);
    private readonly DistributionAccumulator _outputLength = new(percentiles, histograms);
    private readonly DistributionAccumulator _outputTokensPerSecond = new(percentiles, histograms);
    private readonly DistributionAccumulator _queueWait = new(percentiles, histograms);
    private LlmMeasures _sums = new();

    /// <summary>Adds a call with the cost that counts for it.</summary>
    public void Add(LlmCall call, LlmCost? effective)
    {
        _outcomes[(int)call.Outcome]++;
        _usageSources[(int)call.Tokens.Source]++;
        _duration.Add(call.Duration.TotalMicroseconds);
        _timeToFirstToken.Add(call.TimeToFirstToken?.TotalMicroseconds);
        _outputLength.Add(call.Tokens.Source == LlmUsageSource.Missing ? null : call.Tokens.Output);
        _outputTokensPerSecond.Add(call.OutputTokensPerSecond);
        _queueWait.Add(call.QueueWait?.TotalMicroseconds);

        // A call without usage has zeros for tokens; one without a cost adds nothing to it.
        var tokens = call.Tokens;
        checked
        {
            _sums = _sums with
            {
                Calls = _sums.Calls + 1,
                Streaming = _sums.Streaming + (call.Streaming ? 1 : 0),
                Cached = _sums.Cached + (call.Cached ? 1 : 0),
                Priced = _sums.Priced + (effective is null ? 0 : 1),
                Attempts = _sums.Attempts + call.AttemptCount,
                ToolCalls = _sums.ToolCalls + call.ToolCallCount,
                SchemaChecked = _sums.SchemaChecked + (call.SchemaValidated is null ? 0 : 1),
                SchemaFailures = _sums.SchemaFailures + (call.SchemaValidated == false ? 1 : 0),
                InputTokens = _sums.InputTokens + tokens.Input,
                OutputTokens = _sums.OutputTokens + tokens.Output,
                UncachedInputTokens = _sums.UncachedInputTokens + tokens.UncachedInput,
                CacheReadTokens = _sums.CacheReadTokens + tokens.CacheRead,
                CacheWrite5mTokens = _sums.CacheWrite5mTokens + tokens.CacheWrite5m,
                CacheWrite1hTokens = _sums.CacheWrite1hTokens + tokens.CacheWrite1h,
                VisibleOutputTokens = _sums.VisibleOutputTokens + tokens.VisibleOutput,
                ReasoningTokens = _sums.ReasoningTokens + tokens.Reasoning,
                Cost = effective is { } cost ? Add(_sums.Cost, cost) : _sums.Cost,
            };
        }
    }

    public LlmMeasures ToMeasures()
    {
        if (set == LlmMeasureSet.Spend)
        {
            return new LlmMeasures
            {
                Calls = _sums.Calls,
                Priced = _sums.Priced,
                InputTokens = _sums.InputTokens,
                OutputTokens = _sums.OutputTokens,
                Cost = _sums.Cost,
            };
        }

        return _sums with
        {
            Completed = _outcomes[(int)LlmOutcome.Completed],
            Failed = _outcomes[(int)LlmOutcome.Failed],
            Cancelled = _outcomes[(int)LlmOutcome.Cancelled],
            Abandoned = _outcomes[(int)LlmOutcome.Abandoned],
            UsageMissing = _usageSources[(int)LlmUsageSource.Missing],
            UsageReported = _usageSources[(int)LlmUsageSource.Reported],
            UsageEstimated = _usageSources[(int)LlmUsageSource.Estimated],
            Duration = _duration.ToDistribution(),
            TimeToFirstToken = _timeToFirstToken.ToDistribution(),
            OutputLength = _outputLength.ToDistribution(),
            OutputTokensPerSecond = _outputTokensPerSecond.ToDistribution(),
            QueueWait = _queueWait.ToDistribution(),
        };
    }

    private static LlmCost Add(LlmCost sum, LlmCost cost)
    {
        return checked(new LlmCost
        {
            InputNanos = sum.InputNanos + cost.InputNanos,
            CachedInputNanos = sum.CachedInputNanos + cost.CachedInputNanos,
            OutputNanos = sum.OutputNanos + cost.OutputNanos,
            FeesNanos = sum.FeesNanos + cost.FeesNanos,
        });
    }
}
