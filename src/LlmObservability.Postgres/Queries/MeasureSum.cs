using LlmObservability.Queries;
using Npgsql;

namespace LlmObservability.Postgres;

/// <summary>Measures added up from rows of rollups and calls. Not thread-safe.</summary>
internal sealed class MeasureSum(LlmMeasureSet set, bool percentiles, bool histograms)
{
    private readonly long[] _counters = new long[(int)RollupCounter.Count];
    private readonly DistributionSum _duration = new(whole: true, percentiles, histograms);
    private readonly DistributionSum _timeToFirstToken = new(whole: true, percentiles, histograms);
    private readonly DistributionSum _outputTokens = new(whole: true, percentiles, histograms);
    private readonly DistributionSum _outputTokensPerSecond = new(whole: false, percentiles, histograms);
    private readonly DistributionSum _queueWait = new(whole: true, percentiles, histograms);

    public void Clear()
    {
        Array.Clear(_counters);
        _duration.Clear();
        _timeToFirstToken.Clear();
        _outputTokens.Clear();
        _outputTokensPerSecond.Clear();
        _queueWait.Clear();
    }

    public void Add(MeasureSum other)
    {
        for (var i = 0; i < _counters.Length; i++)
        {
            _counters[i] = checked(_counters[i] + other._counters[i]);
        }

        _duration.Add(other._duration);
        _timeToFirstToken.Add(other._timeToFirstToken);
        _outputTokens.Add(other._outputTokens);
        _outputTokensPerSecond.Add(other._outputTokensPerSecond);
        _queueWait.Add(other._queueWait);
    }

    /// <summary>Adds the columns of <see cref="RollupMeasures.Sql"/>.</summary>
    public void Add(NpgsqlDataReader reader, int column)
    {
        foreach (var counter in RollupMeasures.Of(set))
        {
            _counters[(int)counter] += reader.GetInt64(column++);
        }

        if (set == LlmMeasureSet.All)
        {
            _duration.Add(reader, column);
            _timeToFirstToken.Add(reader, column + 6);
            _outputTokens.Add(reader, column + 12);
            _outputTokensPerSecond.Add(reader, column + 18);
            _queueWait.Add(reader, column + 24);
        }
    }

    public LlmMeasures ToMeasures()
    {
        long Of(RollupCounter counter) => _counters[(int)counter];
        return new LlmMeasures
        {
            Calls = Of(RollupCounter.Calls),
            Completed = Of(RollupCounter.Completed),
            Failed = Of(RollupCounter.Failed),
            Cancelled = Of(RollupCounter.Cancelled),
            Abandoned = Of(RollupCounter.Abandoned),
            Streaming = Of(RollupCounter.Streaming),
            Cached = Of(RollupCounter.Cached),
            UsageReported = Of(RollupCounter.UsageReported),
            UsageEstimated = Of(RollupCounter.UsageEstimated),
            UsageMissing = Of(RollupCounter.UsageMissing),
            Priced = Of(RollupCounter.Priced),
            Attempts = Of(RollupCounter.Attempts),
            ToolCalls = Of(RollupCounter.ToolCalls),
            SchemaChecked = Of(RollupCounter.SchemaChecked),
            SchemaFailures = Of(RollupCounter.SchemaFailures),
            InputTokens = Of(RollupCounter.InputTokens),
            OutputTokens = Of(RollupCounter.OutputTokens),
            UncachedInputTokens = Of(RollupCounter.UncachedInputTokens),
            CacheReadTokens = Of(RollupCounter.CacheReadTokens),
            CacheWrite5mTokens = Of(RollupCounter.CacheWrite5mTokens),
            CacheWrite1hTokens = Of(RollupCounter.CacheWrite1hTokens),
            VisibleOutputTokens = Of(RollupCounter.VisibleOutputTokens),
            ReasoningTokens = Of(RollupCounter.ReasoningTokens),
            Cost = new LlmCost
            {
                InputNanos = Of(RollupCounter.CostInputNanos),
                CachedInputNanos = Of(RollupCounter.CostCachedInputNanos),
                OutputNanos = Of(RollupCounter.CostOutputNanos),
                FeesNanos = Of(RollupCounter.CostFeesNanos),
            },
            Duration = _duration.ToDistribution(),
            TimeToFirstToken = _timeToFirstToken.ToDistribution(),
            OutputLength = _outputTokens.ToDistribution(),
            OutputTokensPerSecond = _outputTokensPerSecond.ToDistribution(),
            QueueWait = _queueWait.ToDistribution(),
        };
    }
}
