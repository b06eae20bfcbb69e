using System.Collections.Concurrent;

namespace LlmObservability.Telemetry;

/// <summary>
/// All targets and series, each bounded. What comes beyond is counted under its client (operation, provider, server) with
/// every other attribute folded into one value: one series more for each client, of which there are no more either.
/// Thread-safe.
/// </summary>
internal sealed class CallSeriesTable(int maxSeries, MetricTags foldedTags)
{
    private readonly ConcurrentDictionary<CallSeriesKey, CallSeries> _series = new();
    private readonly ConcurrentDictionary<TelemetryTargetKey, TelemetryTarget> _targets = new();
    private readonly ConcurrentDictionary<TelemetryTargetKey, TelemetryTarget> _folded = new();
    private int _count;

    public IEnumerable<CallSeries> All => _series.Values.Concat(_folded.Values.Select(target => target.FoldedSeries!));

    /// <summary>Every target, each once: equal clients share one.</summary>
    public IEnumerable<TelemetryTarget> Targets => _targets.Values.Concat(_folded.Values);

    /// <summary>How many calls were counted under folded attributes.</summary>
    public long Folded => All.Where(series => series.IsFolded).Sum(series => series.AllRequests);

    public TelemetryTarget Target(in TelemetryTargetKey key)
    {
        if (_targets.TryGetValue(key, out var target))
        {
            return target;
        }

        var rest = Rest(key);
        // Beyond the bound its spans still tell its own model.
        return _targets.Count < maxSeries
            ? _targets.GetOrAdd(key, static (key, rest) => new TelemetryTarget(key, rest, folded: false), rest)
            : new TelemetryTarget(key, rest, folded: true);
    }

    /// <summary>The series of a key; null when there are too many.</summary>
    public CallSeries? TryGet(in CallSeriesKey key)
    {
        if (_series.TryGetValue(key, out var series))
        {
            return series;
        }

        // Counted before it is added: several threads at the bound may fold one too early, never add one too many.
        if (Volatile.Read(ref _count) >= maxSeries || Interlocked.Increment(ref _count) > maxSeries)
        {
            return null;
        }

        series = new CallSeries(key.Target.SeriesAttributes(key.ResponseModel, key.Tags), key.ResponseModel, isFolded: false);
        if (_series.TryAdd(key, series))
        {
            return series;
        }

        Interlocked.Decrement(ref _count);
        return _series[key];
    }

    private TelemetryTarget Rest(in TelemetryTargetKey key)
    {
        var rest = key with { RequestModel = TelemetryNames.Other };
        if (_folded.Count >= maxSeries && !_folded.ContainsKey(rest))
        {
            // Clients without number too: a server for each customer, for example.
            rest = new TelemetryTargetKey(key.Operation, TelemetryNames.Other, TelemetryNames.Other, null, null);
        }

        return _folded.GetOrAdd(rest, static (key, tags) => TelemetryTarget.ForTheRest(key, tags), foldedTags);
    }
}
