using System.Diagnostics.Metrics;
using LlmObservability.Telemetry;

namespace LlmObservability.Pipeline;

/// <summary>The instruments of the spools: read from their figures when somebody collects. Sinks without a spool have no series.</summary>
internal static class SpoolMeter
{
    public static void Observe(Meter meter, SinkWorker[] workers)
    {
        var spooling = Array.FindAll(workers, worker => worker.Durability != LlmDurability.Memory);
        meter.CreateObservableUpDownCounter(
            TelemetryNames.Pipeline.SpoolRecords, () => Each(spooling, static spool => spool.Records), TelemetryNames.Units.Records,
            "Records in the spool that the sink has not committed.");
        meter.CreateObservableUpDownCounter(
            TelemetryNames.Pipeline.SpoolBytes, () => Each(spooling, static spool => spool.Bytes), TelemetryNames.Units.Bytes,
            "Bytes of the spool on disk.");
        meter.CreateObservableGauge(
            TelemetryNames.Pipeline.SpoolLag, () => Each(spooling, static spool => spool.Lag.TotalSeconds), TelemetryNames.Units.Seconds,
            "For how long the oldest record has been in the spool.");
        meter.CreateObservableUpDownCounter(
            TelemetryNames.Pipeline.SpoolQuarantined, () => Each(spooling, static spool => (long)spool.Quarantined), TelemetryNames.Units.Segments,
            "Damaged segments of the spool that are kept as evidence.");
        meter.CreateObservableCounter(
            TelemetryNames.Pipeline.SpoolLogged, () => Each(spooling, static spool => spool.Logged), TelemetryNames.Units.Records,
            "Records that went into the spool.");
        meter.CreateObservableCounter(
            TelemetryNames.Pipeline.SpoolReadBack, () => Each(spooling, static spool => spool.ReadBack), TelemetryNames.Units.Records,
            "Records read back from the spool.");
        meter.CreateObservableCounter(
            TelemetryNames.Pipeline.SpoolPutAside, () => Each(spooling, static spool => spool.PutAside), TelemetryNames.Units.Records,
            "Records that the sink refuses, put aside in a file.");
    }

    private static Measurement<T>[] Each<T>(SinkWorker[] workers, Func<LlmSpoolStatistics, T> read)
        where T : struct => Array.ConvertAll(workers, worker => new Measurement<T>(read(worker.Spool!), worker.SinkTag));
}
