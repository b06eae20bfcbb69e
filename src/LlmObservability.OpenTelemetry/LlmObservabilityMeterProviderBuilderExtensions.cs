using LlmObservability;

namespace OpenTelemetry.Metrics;

/// <summary>LlmObservability's metrics for OpenTelemetry's metrics.</summary>
public static class LlmObservabilityMeterProviderBuilderExtensions
{
    // The package LlmObservability.AspNetCore's own meter. By its name alone: where that package is not used there is no such
    // meter, and listening to it costs nothing.
    private const string AspNetCoreMeterName = "LlmObservability.AspNetCore";

    /// <summary>
    /// Collects the metrics of calls (<see cref="LlmTelemetry.MeterName"/>), of the pipeline behind them
    /// (<see cref="LlmTelemetry.PipelineMeterName"/>), and, where LlmObservability.AspNetCore is in use, of that package.
    /// Histograms have the boundaries that the instruments advise. Calling it again changes nothing.
    /// </summary>
    /// <param name="builder">The builder of the meter provider.</param>
    /// <returns>The builder.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="builder"/> is null.</exception>
    public static MeterProviderBuilder AddLlmObservabilityInstrumentation(this MeterProviderBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        return builder.AddMeter(LlmTelemetry.MeterName, LlmTelemetry.PipelineMeterName, AspNetCoreMeterName);
    }
}
