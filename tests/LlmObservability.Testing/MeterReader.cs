using System.Diagnostics.Metrics;

namespace LlmObservability.Testing;

/// <summary>Reads one meter, and no other of its name: tests run side by side.</summary>
public sealed class MeterReader : IDisposable
{
    private readonly object _gate = new();
    private readonly MeterListener _listener = new();
    private readonly List<Instrument> _instruments = [];
    private readonly Dictionary<string, List<double>> _recorded = [];
    private readonly Dictionary<string, double> _observed = [];

    public MeterReader(Meter meter)
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (ReferenceEquals(instrument.Meter, meter))
            {
                _instruments.Add(instrument);
                listener.EnableMeasurementEvents(instrument);
            }
        };
        _listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Add(instrument, value, tags));
        _listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Add(instrument, value, tags));
        _listener.Start();
    }

    public IReadOnlyList<Instrument> Instruments => _instruments;

    /// <summary>Each series that is observed, as <c>name{key=value,…}</c>, with its value now.</summary>
    public IReadOnlyDictionary<string, double> Observe()
    {
        lock (_gate)
        {
            _observed.Clear();
        }

        _listener.RecordObservableInstruments();
        lock (_gate)
        {
            return new Dictionary<string, double>(_observed);
        }
    }

    /// <summary>What was recorded to a histogram's series.</summary>
    public IReadOnlyList<double> Recorded(string series)
    {
        lock (_gate)
        {
            return _recorded.TryGetValue(series, out var values) ? [.. values] : [];
        }
    }

    public void Dispose() => _listener.Dispose();

    private void Add(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var pairs = tags.ToArray().Select(tag => $"{tag.Key}={tag.Value}").Order(StringComparer.Ordinal);
        var series = $"{instrument.Name}{{{string.Join(',', pairs)}}}";
        lock (_gate)
        {
            if (instrument.IsObservable)
            {
                _observed.Add(series, value);
            }
            else if (_recorded.TryGetValue(series, out var values))
            {
                values.Add(value);
            }
            else
            {
                _recorded.Add(series, [value]);
            }
        }
    }
}
