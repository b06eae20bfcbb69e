using System.Diagnostics.Metrics;
using LlmObservability.Sinks;
using LlmObservability.Telemetry;

namespace LlmObservability.Pipeline;

/// <summary>
/// The pipeline's own instruments. Nearly all only read counters when somebody collects; two histograms are recorded once a
/// batch. Thread-safe.
/// </summary>
internal sealed class PipelineMeter : IDisposable
{
    private static readonly LlmDropReason[] Reasons = Enum.GetValues<LlmDropReason>();

    private readonly Histogram<long> _batchRecords;
    private readonly Histogram<double> _flushDuration;
    private readonly bool _owned;
    private SinkWorker[] _workers = [];
    private Func<long> _callsLost = static () => 0;

    /// <param name="meters">The container's factory, which then owns the meter; null to own one.</param>
    public PipelineMeter(IMeterFactory? meters)
    {
        var options = new MeterOptions(LlmTelemetry.PipelineMeterName)
        {
            Version = typeof(PipelineMeter).Assembly.GetName().Version?.ToString(3),
        };
        _owned = meters is null;
        Meter = meters?.Create(options) ?? new Meter(options);
        _batchRecords = Meter.CreateHistogram(
            TelemetryNames.Pipeline.BatchRecords, TelemetryNames.Units.Records, "Records of a batch, as it was cut.", tags: null,
            new InstrumentAdvice<long>
            {
                HistogramBucketBoundaries = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 20_000, 50_000, 100_000],
            });
        _flushDuration = Meter.CreateHistogram(
            TelemetryNames.Pipeline.FlushDuration, TelemetryNames.Units.Seconds,
            "Time from a batch's first write attempt to its commit, retries and pauses included.", tags: null,
            new InstrumentAdvice<double>
            {
                HistogramBucketBoundaries = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1_800],
            });
    }

    public Meter Meter { get; }

    /// <summary>Adds the instruments that are read from the workers.</summary>
    public void Observe(SinkWorker[] workers, Func<long> callsLost)
    {
        _workers = workers;
        _callsLost = callsLost;
        Meter.CreateObservableUpDownCounter(
            TelemetryNames.Pipeline.QueueRecords, () => Each(static worker => worker.Queue.Items), TelemetryNames.Units.Records,
            "Records that wait.");
        Meter.CreateObservableUpDownCounter(
            TelemetryNames.Pipeline.QueueBytes, () => Each(static worker => worker.Queue.Bytes), TelemetryNames.Units.Bytes,
            "Bytes that wait, by estimate.");
        Meter.CreateObservableCounter(
            TelemetryNames.Pipeline.Retries, () => Each(static worker => worker.Counters.Retries), TelemetryNames.Units.Retries,
            "Writes repeated after a failure.");
        Meter.CreateObservableCounter(
            TelemetryNames.Pipeline.RecordsAccepted, () => Each(static worker => worker.Counters.AcceptedCount), TelemetryNames.Units.Records,
            "Records let into the queue.");
        Meter.CreateObservableCounter(
            TelemetryNames.Pipeline.RecordsWritten, () => Each(static worker => worker.Counters.Written), TelemetryNames.Units.Records,
            "Records written.");
        Meter.CreateObservableCounter(
            TelemetryNames.Pipeline.RecordsAlreadyWritten, () => Each(static worker => worker.Counters.AlreadyWritten), TelemetryNames.Units.Records,
            "Records that the sink recognised as written before, after a retry.");
        Meter.CreateObservableCounter(
            TelemetryNames.Pipeline.RecordsDropped, Dropped, TelemetryNames.Units.Records, "Records that did not reach the sink.");
        Meter.CreateObservableGauge(
            TelemetryNames.Pipeline.OldestAge, () => Each(static worker => worker.OldestAge.TotalSeconds), TelemetryNames.Units.Seconds,
            "Age of the oldest record that waits, in memory or in the spool, or is being written.");
        SpoolMeter.Observe(Meter, workers);
    }

    public void BatchCut(int records, in KeyValuePair<string, object?> sink) => Record(_batchRecords, records, sink);

    public void BatchCommitted(TimeSpan duration, in KeyValuePair<string, object?> sink) => Record(_flushDuration, duration.TotalSeconds, sink);

    /// <summary>Disposes the meter, unless a factory owns it: then its last figures can still be collected.</summary>
    public void Dispose()
    {
        if (_owned)
        {
            Meter.Dispose();
        }
    }

    // Listeners are the application's code; what one throws must not end the reader.
    private static void Record<T>(Histogram<T> histogram, T value, in KeyValuePair<string, object?> sink)
        where T : struct
    {
        try
        {
            histogram.Record(value, sink);
        }
        catch (Exception)
        {
            // The batch goes on; its counters say the same.
        }
    }

    private Measurement<T>[] Each<T>(Func<SinkWorker, T> read)
        where T : struct
    {
        var measurements = new Measurement<T>[_workers.Length];
        for (var i = 0; i < measurements.Length; i++)
        {
            measurements[i] = new Measurement<T>(read(_workers[i]), _workers[i].SinkTag);
        }

        return measurements;
    }

    // Every reason from the start, at zero too: a rate over a series that appears with its first drop would miss that one.
    private List<Measurement<long>> Dropped()
    {
        var measurements = new List<Measurement<long>>((_workers.Length * Reasons.Length) + 1);
        foreach (var worker in _workers)
        {
            foreach (var reason in Reasons)
            {
                measurements.Add(new Measurement<long>(worker.Counters.DroppedFor(reason), worker.SinkTag, ReasonTag(reason)));
            }
        }

        // Such a call reached no sink, so it has none; the sum over all is LlmStatistics.Dropped.
        measurements.Add(new Measurement<long>(_callsLost(), ReasonTag(LlmDropReason.RecorderError)));
        return measurements;
    }

    private static KeyValuePair<string, object?> ReasonTag(LlmDropReason reason) =>
        new(TelemetryNames.Own.DropReason, reason.ToName());
}
