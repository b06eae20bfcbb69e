namespace LlmObservability.Telemetry;

/// <summary>What tells one series of call metrics from another.</summary>
internal readonly record struct CallSeriesKey(TelemetryTarget Target, string? ResponseModel, MetricTags Tags);
