using System.Collections.Concurrent;
using System.Diagnostics.Metrics;

namespace LlmObservability.Clients.Tests.Matrix;

/// <summary>
/// Hears what is measured about one server: the library's call metrics, and those of other meters that the test names. The
/// port tells them from what runs beside.
/// </summary>
internal sealed class MetricsOfServer : IDisposable
{
    private readonly MeterListener _listener = new();
    private readonly ConcurrentQueue<Heard> _heard = new();
    private readonly int _port;

    public MetricsOfServer(int port, IReadOnlyList<string> otherMeters)
    {
        _port = port;
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Meter.Name == LlmTelemetry.MeterName || otherMeters.Contains(instrument.Meter.Name))
            {
                listener.EnableMeasurementEvents(instrument);
            }
        };
        _listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Hear(instrument, value, tags));
        _listener.SetMeasurementEventCallback<int>((instrument, value, tags, _) => Hear(instrument, value, tags));
        _listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Hear(instrument, value, tags));
        _listener.Start();
    }

    /// <summary>What a histogram recorded.</summary>
    public IReadOnlyList<Heard> Recorded(string instrument, string meter = LlmTelemetry.MeterName) =>
        [.. _heard.Where(heard => heard.Instrument == instrument && heard.Meter == meter)];

    /// <summary>What counters read now, by instrument.</summary>
    public ILookup<string, Heard> Read()
    {
        var before = _heard.Count;
        _listener.RecordObservableInstruments();
        return _heard.Skip(before).ToLookup(heard => heard.Instrument);
    }

    public void Dispose() => _listener.Dispose();

    private void Hear(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var read = tags.ToArray().ToDictionary(tag => tag.Key, tag => tag.Value);
        if (read.TryGetValue("server.port", out var port) && Equals(port, _port))
        {
            _heard.Enqueue(new Heard(instrument.Meter.Name, instrument.Name, value, read));
        }
    }
}
