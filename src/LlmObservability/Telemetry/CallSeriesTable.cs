using System.Collections.Concurrent;

namespace LlmObservability.Telemetry;

/// <summary>
/// All series, bounded: beyond the bound a call is counted under its client and the model asked for, with every other
/// value folded into one. Thread-safe.
/// </summary>
internal sealed class CallSeriesTable(int maxSeries)
{
    private readonly ConcurrentDictionary<CallSeriesKey, CallSeries> _series = new();
    private readonly ConcurrentDictionary<TelemetryTargetKey, TelemetryTarget> _targets = new();
    private int _count;
    private long _folded;

    public IEnumerable<CallSeries> All => _series.Values;

    /// <summary>Every target, each once: equal clients share one.</summary>
    public IEnumerable<TelemetryTarget> Targets => _targets.Values;

    /// <summary>How many calls were counted under folded attributes.</summary>
    public long Folded => Interlocked.Read(ref _folded);

    public TelemetryTarget Target(in TelemetryTargetKey key)
    {
        if (_targets.TryGetValue(key, out var target))
        {
            return target;
        }

        if (_targets.Count < maxSeries)
        {
            return _targets.GetOrAdd(key, static key => new TelemetryTarget(key, foldedInto: null));
        }

        // Its spans still tell its own model.
        var rest = key with { RequestModel = TelemetryNames.Other };
        return new TelemetryTarget(key, _targets.GetOrAdd(rest, static rest => new TelemetryTarget(rest, foldedInto: null)));
    }

    public CallSeries Get(in CallSeriesKey key, out bool folded)
    {
        folded = false;
        if (_series.TryGetValue(key, out var series))
        {
            return series;
        }

        // Counted before it is added: several threads at the bound may fold one too early, never add one too many.
        if (Interlocked.Increment(ref _count) <= maxSeries)
        {
            series = new CallSeries(key.Target.SeriesAttributes(key.ResponseModel, key.Tags));
            if (_series.TryAdd(key, series))
            {
                return series;
            }

            Interlocked.Decrement(ref _count);
            return _series[key];
        }

        Interlocked.Decrement(ref _count);
        Interlocked.Increment(ref _folded);
        folded = true;
        var rest = new CallSeriesKey(key.Target, TelemetryNames.Other, key.Tags.Folded());
        return _series.GetOrAdd(rest, static rest => new CallSeries(rest.Target.SeriesAttributes(rest.ResponseModel, rest.Tags)));
    }
}
