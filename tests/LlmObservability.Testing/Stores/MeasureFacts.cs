using LlmObservability.Queries;

namespace LlmObservability.Testing.Stores;

/// <summary>Measures, groups and distinct values as the contract's tests compute them: by LINQ over the written calls.</summary>
internal static class MeasureFacts
{
    public static void ShouldBe(LlmMeasures actual, IReadOnlyCollection<LlmCall> calls, bool percentiles, LlmMeasureSet set, bool histograms = false)
    {
        if (set == LlmMeasureSet.All)
        {
            ShouldBe(actual, calls, percentiles, histograms);
            return;
        }

        var usage = calls.Where(CallFacts.HasUsage).ToList();
        var priced = calls.Where(call => call.Cost is not null).Select(call => call.Cost!.Value).ToList();
        actual.ShouldBe(new LlmMeasures
        {
            Calls = calls.Count,
            Priced = priced.Count,
            InputTokens = usage.Sum(call => call.Tokens.Input),
            OutputTokens = usage.Sum(call => call.Tokens.Output),
            Cost = new LlmCost
            {
                InputNanos = priced.Sum(cost => cost.InputNanos),
                CachedInputNanos = priced.Sum(cost => cost.CachedInputNanos),
                OutputNanos = priced.Sum(cost => cost.OutputNanos),
                FeesNanos = priced.Sum(cost => cost.FeesNanos),
            },
        });
    }

    public static void ShouldBe(LlmMeasures actual, IReadOnlyCollection<LlmCall> calls, bool percentiles, bool histograms = false)
    {
        var usage = calls.Where(CallFacts.HasUsage).ToList();
        var priced = calls.Where(call => call.Cost is not null).Select(call => call.Cost!.Value).ToList();
        var expected = new LlmMeasures
        {
            Calls = calls.Count,
            Completed = calls.Count(call => call.Outcome == LlmOutcome.Completed),
            Failed = calls.Count(call => call.Outcome == LlmOutcome.Failed),
            Cancelled = calls.Count(call => call.Outcome == LlmOutcome.Cancelled),
            Abandoned = calls.Count(call => call.Outcome == LlmOutcome.Abandoned),
            Streaming = calls.Count(call => call.Streaming),
            Cached = calls.Count(call => call.Cached),
            UsageReported = calls.Count(call => call.Tokens.Source == LlmUsageSource.Reported),
            UsageEstimated = calls.Count(call => call.Tokens.Source == LlmUsageSource.Estimated),
            UsageMissing = calls.Count(call => call.Tokens.Source == LlmUsageSource.Missing),
            Priced = priced.Count,
            Attempts = calls.Sum(call => (long)call.AttemptCount),
            ToolCalls = calls.Sum(call => (long)call.ToolCallCount),
            SchemaChecked = calls.Count(call => call.SchemaValidated is not null),
            SchemaFailures = calls.Count(call => call.SchemaValidated == false),
            InputTokens = usage.Sum(call => call.Tokens.Input),
            OutputTokens = usage.Sum(call => call.Tokens.Output),
            UncachedInputTokens = usage.Sum(call => call.Tokens.UncachedInput),
            CacheReadTokens = usage.Sum(call => call.Tokens.CacheRead),
            CacheWrite5mTokens = usage.Sum(call => call.Tokens.CacheWrite5m),
            CacheWrite1hTokens = usage.Sum(call => call.Tokens.CacheWrite1h),
            VisibleOutputTokens = usage.Sum(call => call.Tokens.VisibleOutput),
            ReasoningTokens = usage.Sum(call => call.Tokens.Reasoning),
            Cost = new LlmCost
            {
                InputNanos = priced.Sum(cost => cost.InputNanos),
                CachedInputNanos = priced.Sum(cost => cost.CachedInputNanos),
                OutputNanos = priced.Sum(cost => cost.OutputNanos),
                FeesNanos = priced.Sum(cost => cost.FeesNanos),
            },
        };

        var exact = actual with { Duration = default, TimeToFirstToken = default, OutputLength = default, OutputTokensPerSecond = default, QueueWait = default };
        exact.ShouldBe(expected);
        ShouldBe(actual.Duration, calls.Select(call => call.Duration.Ticks / 10.0), percentiles, histograms, wholeNumbers: true);
        ShouldBe(
            actual.TimeToFirstToken,
            calls.Where(call => call.TimeToFirstToken is not null).Select(call => call.TimeToFirstToken!.Value.Ticks / 10.0),
            percentiles,
            histograms,
            wholeNumbers: true);
        ShouldBe(
            actual.QueueWait,
            calls.Where(call => call.QueueWait is not null).Select(call => call.QueueWait!.Value.Ticks / 10.0),
            percentiles,
            histograms,
            wholeNumbers: true);
        ShouldBe(actual.OutputLength, usage.Select(call => (double)call.Tokens.Output), percentiles, histograms, wholeNumbers: true);
        ShouldBe(
            actual.OutputTokensPerSecond, calls.Select(call => call.OutputTokensPerSecond).OfType<double>(), percentiles, histograms, wholeNumbers: false);
    }

    public static List<(string?[] Keys, List<LlmCall> Calls)> Groups(IEnumerable<LlmCall> calls, IReadOnlyList<LlmField> groupBy, LlmTopBy topBy)
    {
        var groups = calls.GroupBy(call => string.Join('\u001f', Keys(call, groupBy).Select(key => key ?? "\u001e")))
            .Select(group => (Keys: Keys(group.First(), groupBy), Calls: group.ToList())).ToList();
        groups.Sort((a, b) =>
        {
            var bySize = Size(b.Calls, topBy).CompareTo(Size(a.Calls, topBy));
            return bySize != 0 ? bySize : CompareKeys(a.Keys, b.Keys);
        });
        return groups;
    }

    public static string?[] Keys(LlmCall call, IReadOnlyList<LlmField> groupBy) =>
        [.. groupBy.Select(field => CallFacts.Read(call, field) is { } value ? CallFacts.Text(value) : null)];

    public static List<LlmDistinctValue> Distinct(IEnumerable<LlmCall> calls, LlmField field, string prefix)
    {
        return
        [
            .. calls.Select(call => CallFacts.Read(call, field)).OfType<object>().Select(CallFacts.Text)
                .Where(value => value.StartsWith(prefix, StringComparison.Ordinal))
                .GroupBy(value => value)
                .Select(group => new LlmDistinctValue(group.Key, group.Count()))
                .OrderByDescending(value => value.Calls)
                .ThenBy(value => value.Value, Comparer<string>.Create(CallFacts.Compare)),
        ];
    }

    public static DateTimeOffset Floor(DateTimeOffset time, LlmBucket bucket)
    {
        return bucket switch
        {
            LlmBucket.Minute => new DateTimeOffset(time.Year, time.Month, time.Day, time.Hour, time.Minute, 0, TimeSpan.Zero),
            LlmBucket.Hour => new DateTimeOffset(time.Year, time.Month, time.Day, time.Hour, 0, 0, TimeSpan.Zero),
            _ => new DateTimeOffset(time.Year, time.Month, time.Day, 0, 0, 0, TimeSpan.Zero),
        };
    }

    private static void ShouldBe(LlmDistribution actual, IEnumerable<double> values, bool percentiles, bool histograms, bool wholeNumbers)
    {
        var sorted = values.Order().ToList();
        actual.Count.ShouldBe(sorted.Count);
        actual.Sum.ShouldBe(sorted.Sum(), wholeNumbers ? 0.25 : (Math.Abs(sorted.Sum()) * 1e-9) + 1e-9);
        actual.Min.ShouldBe(sorted.Count == 0 ? null : sorted[0]);
        actual.Max.ShouldBe(sorted.Count == 0 ? null : sorted[^1]);
        foreach (var (percentile, share) in new[] { (actual.P50, 0.50), (actual.P95, 0.95), (actual.P99, 0.99) })
        {
            if (!percentiles || sorted.Count == 0)
            {
                percentile.ShouldBeNull();
                continue;
            }

            var exact = sorted[(int)Math.Ceiling(share * sorted.Count) - 1];
            percentile.ShouldNotBeNull().ShouldBe(exact, (Math.Abs(exact) * 0.02) + 1e-9);
        }

        if (histograms && sorted.Count > 0)
        {
            ShouldBe(actual.Histogram.ShouldNotBeNull(), sorted);
        }
        else
        {
            actual.Histogram.ShouldBeNull();
        }
    }

    /// <summary>All values are in bins, of which each is one of the scale; and as many below each bound as there are, but for those within 2% of it.</summary>
    private static void ShouldBe(IReadOnlyList<LlmHistogramBin> bins, List<double> values)
    {
        double[] steps = [1, 1.5, 2, 3, 5, 7, 10];
        bins.Sum(bin => bin.Count).ShouldBe(values.Count);
        var below = 0L;
        var last = 0d;
        foreach (var (from, to, count) in bins)
        {
            from.ShouldBeGreaterThanOrEqualTo(last);
            count.ShouldBeGreaterThan(0);
            var scale = from < 1 ? 1 : Math.Pow(10, Math.Floor(Math.Log10(from * 1.000001)));
            var step = Array.FindIndex(steps, known => Math.Abs(known - (from / scale)) < 1e-6);
            (from == 0 ? 1 : steps[step + 1] * scale).ShouldBe(to, to * 1e-9);
            var low = values.Count(value => value < from * 0.98);
            below.ShouldBeInRange(low, values.Count(value => value < from * 1.02));
            below += count;
            below.ShouldBeInRange(values.Count(value => value < to * 0.98), values.Count(value => value < to * 1.02));
            last = to;
        }
    }

    private static long Size(List<LlmCall> calls, LlmTopBy topBy)
    {
        return topBy switch
        {
            LlmTopBy.Calls => calls.Count,
            LlmTopBy.Cost => calls.Sum(call => call.Cost?.TotalNanos ?? 0),
            LlmTopBy.Tokens => calls.Sum(call => call.Tokens.Input + call.Tokens.Output),
            LlmTopBy.Failed => calls.Count(call => call.Outcome == LlmOutcome.Failed),
            _ => calls.Sum(call => call.Duration.Ticks),
        };
    }

    private static int CompareKeys(string?[] left, string?[] right)
    {
        var order = left.Zip(right).Select(pair => pair switch
        {
            (null, null) => 0,
            (null, _) => 1,
            (_, null) => -1,
            _ => CallFacts.Compare(pair.First, pair.Second),
        });
        return order.FirstOrDefault(part => part != 0);
    }
}
