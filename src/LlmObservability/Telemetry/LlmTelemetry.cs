namespace LlmObservability;

/// <summary>The names by which an application listens: <c>AddSource(LlmTelemetry.ActivitySourceName)</c>, <c>AddMeter(…)</c>.</summary>
public static class LlmTelemetry
{
    /// <summary>The activity source of the spans, one a call.</summary>
    public const string ActivitySourceName = "LlmObservability";

    /// <summary>The meter of the calls: GenAI histograms and the library's own counters.</summary>
    public const string MeterName = "LlmObservability";

    /// <summary>The meter of the pipeline behind the calls: queue, batches, retries, drops.</summary>
    public const string PipelineMeterName = "LlmObservability.Pipeline";
}
