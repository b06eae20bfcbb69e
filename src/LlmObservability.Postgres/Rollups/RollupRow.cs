using Npgsql;

namespace LlmObservability.Postgres;

/// <summary>The sums over the calls of one bucket and key. Not thread-safe.</summary>
internal sealed class RollupRow
{
    private readonly long[] _counters = new long[(int)RollupCounter.Count];
    private readonly RollupDistribution<long> _duration = new();
    private readonly RollupDistribution<long> _timeToFirstToken = new();
    private readonly RollupDistribution<long> _outputTokens = new();
    private readonly RollupDistribution<double> _outputTokensPerSecond = new();
    private readonly RollupDistribution<long> _queueWait = new();

    public void Add(LlmCall call)
    {
        Count(RollupCounter.Calls);
        Count(RollupCounter.Completed + (int)call.Outcome);
        Count(RollupCounter.Streaming, call.Streaming);
        Count(RollupCounter.Cached, call.Cached);
        Count(RollupCounter.SchemaChecked, call.SchemaValidated is not null);
        Count(RollupCounter.SchemaFailures, call.SchemaValidated == false);
        Add(RollupCounter.Attempts, call.AttemptCount);
        Add(RollupCounter.ToolCalls, call.ToolCallCount);
        Add(call.Cost, 1);
        _duration.Add(Microseconds(call.Duration));
        if (call.TimeToFirstToken is { } first)
        {
            _timeToFirstToken.Add(Microseconds(first));
        }

        if (call.QueueWait is { } wait)
        {
            _queueWait.Add(Microseconds(wait));
        }

        var tokens = call.Tokens;
        if (tokens.Source == LlmUsageSource.Missing)
        {
            Count(RollupCounter.UsageMissing);
            return;
        }

        Count(tokens.Source == LlmUsageSource.Reported ? RollupCounter.UsageReported : RollupCounter.UsageEstimated);
        Add(RollupCounter.InputTokens, tokens.Input);
        Add(RollupCounter.OutputTokens, tokens.Output);
        Add(RollupCounter.UncachedInputTokens, tokens.UncachedInput);
        Add(RollupCounter.CacheReadTokens, tokens.CacheRead);
        Add(RollupCounter.CacheWrite5mTokens, tokens.CacheWrite5m);
        Add(RollupCounter.CacheWrite1hTokens, tokens.CacheWrite1h);
        Add(RollupCounter.VisibleOutputTokens, tokens.VisibleOutput);
        Add(RollupCounter.ReasoningTokens, tokens.Reasoning);
        _outputTokens.Add(tokens.Output);
        if (call.OutputTokensPerSecond is { } speed)
        {
            _outputTokensPerSecond.Add(speed);
        }
    }

    /// <summary>What a call's new cost changes, and nothing else.</summary>
    public void Reprice(LlmCost? before, LlmCost? after)
    {
        Add(before, -1);
        Add(after, 1);
    }

    public void Add(RollupRow other)
    {
        for (var i = 0; i < _counters.Length; i++)
        {
            _counters[i] = Saturating.Add(_counters[i], other._counters[i]);
        }

        var longest = Math.Max(other._queueWait.MaxEncodedLength, Math.Max(
            Math.Max(other._duration.MaxEncodedLength, other._timeToFirstToken.MaxEncodedLength),
            Math.Max(other._outputTokens.MaxEncodedLength, other._outputTokensPerSecond.MaxEncodedLength)));
        Span<byte> scratch = longest <= 1024 ? stackalloc byte[longest] : new byte[longest];
        _duration.Add(other._duration, scratch);
        _timeToFirstToken.Add(other._timeToFirstToken, scratch);
        _outputTokens.Add(other._outputTokens, scratch);
        _outputTokensPerSecond.Add(other._outputTokensPerSecond, scratch);
        _queueWait.Add(other._queueWait, scratch);
    }

    /// <summary>Adds the counters and distributions of a row that is read, from this column on.</summary>
    public void Add(NpgsqlDataReader reader, int column)
    {
        for (var i = 0; i < _counters.Length; i++)
        {
            _counters[i] = Saturating.Add(_counters[i], Long(reader, column++));
        }

        _duration.Add(reader, ref column, counted: false, summed: true);
        _timeToFirstToken.Add(reader, ref column, counted: true, summed: true);
        _outputTokens.Add(reader, ref column, counted: false, summed: false);
        _outputTokensPerSecond.Add(reader, ref column, counted: true, summed: true);
        _queueWait.Add(reader, ref column, counted: true, summed: true);
    }

    public void Write(PostgresRowBuffer row)
    {
        foreach (var counter in _counters)
        {
            row.Long(counter == 0 ? null : counter);
        }

        _duration.Write(row, counted: false, summed: true);
        _timeToFirstToken.Write(row, counted: true, summed: true);
        _outputTokens.Write(row, counted: false, summed: false);
        _outputTokensPerSecond.Write(row, counted: true, summed: true);
        _queueWait.Write(row, counted: true, summed: true);
    }

    internal static long Long(NpgsqlDataReader reader, int column) => reader.IsDBNull(column) ? 0 : reader.GetInt64(column);

    private static long Microseconds(TimeSpan time) => time.Ticks / TimeSpan.TicksPerMicrosecond;

    private void Count(RollupCounter counter, bool counts = true) => _counters[(int)counter] += counts ? 1 : 0;

    private void Add(RollupCounter counter, long value, int times = 1) =>
        _counters[(int)counter] = Saturating.Add(_counters[(int)counter], value, times);

    private void Add(LlmCost? cost, int times)
    {
        if (cost is { } known)
        {
            Add(RollupCounter.Priced, times);
            Add(RollupCounter.CostInputNanos, known.InputNanos, times);
            Add(RollupCounter.CostCachedInputNanos, known.CachedInputNanos, times);
            Add(RollupCounter.CostOutputNanos, known.OutputNanos, times);
            Add(RollupCounter.CostFeesNanos, known.FeesNanos, times);
        }
    }
}
