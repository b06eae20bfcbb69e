using System.Diagnostics.Metrics;

namespace LlmObservability.AspNetCore.Metrics;

/// <summary>What an instrument is to Prometheus.</summary>
/// <param name="Kind">Its kind.</param>
/// <param name="Bounds">The upper bounds of a histogram's buckets; else empty.</param>
internal readonly record struct InstrumentShape(MetricKind Kind, double[] Bounds)
{
    // OpenTelemetry's own, for a histogram that advises none.
    private static readonly double[] Default = [0, 5, 10, 25, 50, 75, 100, 250, 500, 750, 1_000, 2_500, 5_000, 7_500, 10_000];

    /// <summary>Null for an instrument of a type that the library has none of.</summary>
    public static InstrumentShape? Of(Instrument instrument) => instrument switch
    {
        Counter<long> or ObservableCounter<long> or Counter<double> or ObservableCounter<double> => new(MetricKind.Counter, []),
        UpDownCounter<long> or ObservableUpDownCounter<long> or UpDownCounter<double> or ObservableUpDownCounter<double> => new(MetricKind.Gauge, []),
        ObservableUpDownCounter<int> => new(MetricKind.Gauge, []),
        ObservableGauge<long> or ObservableGauge<double> or ObservableGauge<int> => new(MetricKind.Gauge, []),
        Histogram<long> histogram => new(MetricKind.Histogram, [.. histogram.Advice?.HistogramBucketBoundaries?.Select(bound => (double)bound) ?? Default]),
        Histogram<double> histogram => new(MetricKind.Histogram, [.. histogram.Advice?.HistogramBucketBoundaries ?? Default]),
        _ => null,
    };
}
