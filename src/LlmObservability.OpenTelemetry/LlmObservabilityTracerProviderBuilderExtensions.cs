using LlmObservability;

namespace OpenTelemetry.Trace;

/// <summary>LlmObservability's spans for OpenTelemetry's tracing.</summary>
public static class LlmObservabilityTracerProviderBuilderExtensions
{
    /// <summary>
    /// Listens to the spans of LLM calls, their attempts and tools (<see cref="LlmTelemetry.ActivitySourceName"/>), and to
    /// nothing else: inbound requests are the source <c>Microsoft.AspNetCore</c>, outbound ones <c>System.Net.Http</c>.
    /// Calling it again changes nothing.
    /// </summary>
    /// <param name="builder">The builder of the tracer provider.</param>
    /// <returns>The builder.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="builder"/> is null.</exception>
    public static TracerProviderBuilder AddLlmObservabilityInstrumentation(this TracerProviderBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        return builder.AddSource(LlmTelemetry.ActivitySourceName);
    }
}
