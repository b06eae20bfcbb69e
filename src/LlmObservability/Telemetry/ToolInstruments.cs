using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using LlmObservability.Calls;

namespace LlmObservability.Telemetry;

/// <summary>The instruments of tool calls, and their series, which are bounded: beyond, tools share one. Thread-safe.</summary>
internal sealed class ToolInstruments
{
    private readonly Counter<long> _calls;
    private readonly Histogram<double> _duration;
    private readonly int _maxSeries;
    private readonly ConcurrentDictionary<(string Name, string Type), ToolSeries> _series = new();
    private readonly ToolSeries _folded = new(TelemetryNames.Other, TelemetryNames.Other);
    private int _callers;

    public ToolInstruments(Meter meter, int maxSeries)
    {
        _maxSeries = maxSeries;
        _calls = meter.CreateCounter<long>(
            TelemetryNames.Instruments.ToolCalls, TelemetryNames.Units.ToolCalls, "Tool calls that ended, by tool and outcome.");
        _duration = meter.CreateHistogram(
            TelemetryNames.Instruments.ToolCallDuration, TelemetryNames.Units.Seconds, "How long a tool call took.", tags: null,
            CallInstruments.Durations);
    }

    /// <summary>The series of a tool. Tools are few; names made up by a model are not.</summary>
    public ToolSeries Series(string name, string type)
    {
        if (_series.TryGetValue((name, type), out var series))
        {
            return series;
        }

        return _series.Count < _maxSeries
            ? _series.GetOrAdd((name, type), static key => new ToolSeries(key.Name, key.Type))
            : _folded;
    }

    /// <summary>Counts a tool call, and records how long it took.</summary>
    /// <param name="series">The tool's.</param>
    /// <param name="call">The tool call.</param>
    /// <param name="caller">Whose model asked for it; null where that is not known.</param>
    public void Record(ToolSeries series, LlmToolCall call, CallTarget? caller)
    {
        if (_calls.Enabled || _duration.Enabled)
        {
            var attributes = Attributes(series, call, caller);
            _calls.Add(1, attributes);
            _duration.Record(call.Duration.TotalSeconds, attributes);
        }
    }

    /// <summary>Counts a tool call of which nobody knows how long it took.</summary>
    public void Count(LlmToolCall call, CallTarget caller)
    {
        if (_calls.Enabled)
        {
            _calls.Add(1, Attributes(Series(call.Name, call.Type), call, caller));
        }
    }

    private KeyValuePair<string, object?>[] Attributes(ToolSeries series, LlmToolCall call, CallTarget? caller)
    {
        if (caller is null || ReferenceEquals(series, _folded))
        {
            return series.Attributes(call);
        }

        // Each tool with each model that asks for it: beyond as many as there are series, tools are told apart alone.
        return series.Attributes(call, caller.Client.Provider, caller.RequestModel, this);
    }

    /// <summary>Whether one more model of a tool is told apart.</summary>
    internal bool TakeCaller() => Volatile.Read(ref _callers) < _maxSeries && Interlocked.Increment(ref _callers) <= _maxSeries;
}
