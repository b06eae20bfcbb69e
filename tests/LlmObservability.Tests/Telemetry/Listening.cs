using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using LlmObservability.Tests.Chat;

namespace LlmObservability.Tests.Telemetry;

/// <summary>Hears the spans and metrics of one observer, and nothing of the tests beside it.</summary>
internal sealed class Listening : IDisposable
{
    private readonly ActivityListener _spans;
    private readonly MeterListener _metrics = new();
    private readonly ConcurrentQueue<Heard> _heard = new();

    public Listening(Observing observing, ActivitySamplingResult sampling = ActivitySamplingResult.AllDataAndRecorded, bool spans = true, bool metrics = true)
    {
        var telemetry = observing.Observer.Telemetry;
        _spans = new ActivityListener
        {
            ShouldListenTo = source => spans && ReferenceEquals(source, telemetry.Source),
            Sample = (ref ActivityCreationOptions<ActivityContext> options) =>
            {
                Sampled.Enqueue((options.Name, options.Tags?.ToDictionary(tag => tag.Key, tag => tag.Value) ?? []));
                return sampling;
            },
            ActivityStopped = Spans.Enqueue,
        };
        ActivitySource.AddActivityListener(_spans);
        _metrics.InstrumentPublished = (instrument, listener) =>
        {
            if (metrics && ReferenceEquals(instrument.Meter, telemetry.Meter))
            {
                Instruments.Add(instrument);
                listener.EnableMeasurementEvents(instrument);
            }
        };
        _metrics.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Hear(instrument, value, tags));
        _metrics.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Hear(instrument, value, tags));
        _metrics.Start();
    }

    public List<Instrument> Instruments { get; } = [];

    public ConcurrentQueue<(string Name, Dictionary<string, object?> Tags)> Sampled { get; } = new();

    public ConcurrentQueue<Activity> Spans { get; } = new();

    public Activity OnlySpan() => Spans.ShouldHaveSingleItem();

    /// <summary>What a histogram recorded.</summary>
    public IReadOnlyList<Heard> Recorded(string instrument) => [.. _heard.Where(heard => heard.Instrument == instrument)];

    /// <summary>What a counter reads now.</summary>
    public IReadOnlyList<Heard> Read(string instrument)
    {
        var before = _heard.Count;
        _metrics.RecordObservableInstruments();
        return [.. _heard.Skip(before).Where(heard => heard.Instrument == instrument)];
    }

    public double Sum(string instrument, string? key = null, object? value = null) =>
        Read(instrument).Where(heard => key is null || Equals(heard.Tags.GetValueOrDefault(key), value)).Sum(heard => heard.Value);

    public void Dispose()
    {
        _spans.Dispose();
        _metrics.Dispose();
    }

    private void Hear(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags) =>
        _heard.Enqueue(new Heard(instrument.Name, value, tags.ToArray().ToDictionary(tag => tag.Key, tag => tag.Value), Activity.Current));

    /// <param name="Instrument">Its name.</param>
    /// <param name="Value">What was recorded.</param>
    /// <param name="Tags">Its attributes.</param>
    /// <param name="Current">The activity that was current: the one that an exemplar names.</param>
    internal sealed record Heard(string Instrument, double Value, Dictionary<string, object?> Tags, Activity? Current);
}
