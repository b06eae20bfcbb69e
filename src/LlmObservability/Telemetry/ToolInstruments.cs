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
    private readonly object _gate = new();
    private int _tools;
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

        return Volatile.Read(ref _tools) < _maxSeries ? Add(name, type) : _folded;
    }

    /// <summary>Counts a tool call, and records how long it took.</summary>
    /// <param name="series">The tool's.</param>
    /// <param name="call">The tool call.</param>
    /// <param name="caller">Whose model asked for it; null where that is not known.</param>
    /// <param name="inside">The flow inside the tool's span: exemplars name it. Null where there is none.</param>
    public void Record(ToolSeries series, LlmToolCall call, CallTarget? caller, ExecutionContext? inside)
    {
        if (_calls.Enabled || _duration.Enabled)
        {
            var attributes = Attributes(series, call, caller);
            var flow = SpanFlow.Enter(inside);
            try
            {
                _calls.Add(1, attributes);
                _duration.Record(call.Duration.TotalSeconds, attributes);
            }
            finally
            {
                SpanFlow.Leave(flow);
            }
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

    /// <summary>The attributes of a tool with one more model that asks for it; null when there are too many.</summary>
    internal KeyValuePair<string, object?>[][]? AddCaller(ToolSeries series, string? provider, string? model)
    {
        if (Volatile.Read(ref _callers) >= _maxSeries)
        {
            return null;
        }

        lock (_gate)
        {
            if (series.Of(provider, model) is { } present)
            {
                return present;
            }

            if (_callers >= _maxSeries)
            {
                return null;
            }

            Volatile.Write(ref _callers, _callers + 1);
            return series.Add(provider, model);
        }
    }

    // Under a lock, once a tool: as many are told apart as there may be, whoever comes at once.
    private ToolSeries Add(string name, string type)
    {
        lock (_gate)
        {
            if (_series.TryGetValue((name, type), out var present))
            {
                return present;
            }

            if (_tools >= _maxSeries)
            {
                return _folded;
            }

            Volatile.Write(ref _tools, _tools + 1);
            return _series.GetOrAdd((name, type), static key => new ToolSeries(key.Name, key.Type));
        }
    }
}
