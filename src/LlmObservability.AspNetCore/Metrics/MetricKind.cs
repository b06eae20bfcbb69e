namespace LlmObservability.AspNetCore.Metrics;

/// <summary>What Prometheus knows.</summary>
internal enum MetricKind
{
    Counter,
    Gauge,
    Histogram,
}
