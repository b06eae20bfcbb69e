using System.Diagnostics.Metrics;

namespace LlmObservability.Telemetry;

/// <summary>Reads the series as measurements, when somebody collects. What was never counted is left out.</summary>
internal sealed class CallSeriesReading(CallSeriesTable table)
{
    private const string UnknownModality = "unknown";

    /// <summary>The counters of the newer conventions: totals, and the subsets of them.</summary>
    public IEnumerable<(string Kind, Func<IEnumerable<Measurement<long>>> Values)> UsageKinds =>
    [
        ("input_tokens", () => Usage(0, 1, 2)),
        ("output_tokens", () => Usage(3, 4)),
        ("cache_read.input_tokens", () => Usage(1)),
        ("cache_write.input_tokens", () => Usage(2)),
        ("reasoning.output_tokens", () => Usage(4)),
    ];

    public IEnumerable<Measurement<long>> Requests()
    {
        return
            from series in table.All
            from outcome in Enum.GetValues<LlmOutcome>()
            let count = series.Requests(outcome)
            where count > 0
            select With(count, series, TelemetryNames.Own.Outcome, outcome.ToName());
    }

    public IEnumerable<Measurement<long>> Cached() => Each(series => series.Cached);

    public IEnumerable<Measurement<long>> SchemaFailures() => Each(series => series.SchemaFailures);

    public IEnumerable<Measurement<long>> Responses()
    {
        return
            from series in table.All
            from response in series.Responses
            where response.Count > 0
            select new Measurement<long>(
                response.Count, [.. series.Attributes, new(TelemetryNames.HttpStatusCode, response.Status)]);
    }

    public IEnumerable<Measurement<long>> Unpriced()
    {
        return
            from series in table.All
            from reason in Enum.GetValues<LlmCostReason>()
            let count = series.Unpriced(reason)
            where count > 0
            select With(count, series, TelemetryNames.Own.CostReason, reason.ToName());
    }

    public IEnumerable<Measurement<long>> Tokens()
    {
        return
            from series in table.All
            from type in Enumerable.Range(0, CallSeries.TokenTypeNames.Length)
            let count = series.Tokens(type)
            where count > 0
            select With(count, series, TelemetryNames.GenAi.TokenType, CallSeries.TokenTypeNames[type]);
    }

    public IEnumerable<Measurement<double>> Cost()
    {
        // Whole nano-dollars are added up; only the view is a double.
        return
            from series in table.All
            from part in Enumerable.Range(0, CallSeries.CostPartNames.Length)
            let nanos = series.CostNanos(part)
            where nanos > 0
            select With(
                nanos / (double)LlmCost.NanosPerUsd, series, TelemetryNames.Own.CostPart, CallSeries.CostPartNames[part]);
    }

    public IEnumerable<Measurement<long>> InProgress()
    {
        return
            from target in table.Targets
            let count = target.InProgress
            where count is not null
            select new Measurement<long>(count.Value, target.Attributes);
    }

    public IEnumerable<Measurement<long>> Resends()
    {
        return
            from target in table.Targets
            let count = target.Resends
            where count > 0
            select new Measurement<long>(count, target.Attributes);
    }

    private IEnumerable<Measurement<long>> Usage(params int[] types)
    {
        return
            from series in table.All
            let count = types.Sum(series.Usage)
            where count > 0
            select With(count, series, TelemetryNames.GenAi.TokenModality, UnknownModality);
    }

    private IEnumerable<Measurement<long>> Each(Func<CallSeries, long> read)
    {
        return
            from series in table.All
            let count = read(series)
            where count > 0
            select new Measurement<long>(count, series.Attributes);
    }

    private static Measurement<T> With<T>(T value, CallSeries series, string key, string attribute)
        where T : struct => new(value, [.. series.Attributes, new(key, attribute)]);
}
