using LlmObservability;
using LlmObservability.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Adds the pipeline to the application's health checks.</summary>
public static class LlmObservabilityHealthChecksBuilderExtensions
{
    /// <summary>
    /// Adds <see cref="LlmPipelineHealthCheck"/>. Mostly a matter of readiness dashboards and alerts, not of liveness: a restart
    /// loses what waits.
    /// </summary>
    /// <param name="builder">The builder.</param>
    /// <param name="name">The check's name; unique. Default <c>llm_observability</c>.</param>
    /// <param name="failureStatus">What to report in place of Unhealthy. Default null: Unhealthy.</param>
    /// <param name="tags">Tags to choose checks by. Default none.</param>
    /// <param name="configure">Sets the bounds, after the configuration section <c>LlmObservability:Health</c>. One set of bounds serves all such checks.</param>
    public static IHealthChecksBuilder AddLlmObservability(
        this IHealthChecksBuilder builder,
        string name = "llm_observability",
        HealthStatus? failureStatus = null,
        IEnumerable<string>? tags = null,
        Action<LlmPipelineHealthOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentException.ThrowIfNullOrEmpty(name);
        var services = builder.Services;
        services.AddOptions<LlmPipelineHealthOptions>().ValidateOnStart();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IConfigureOptions<LlmPipelineHealthOptions>, HealthOptionsFromConfiguration>());
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<LlmPipelineHealthOptions>, LlmPipelineHealthOptionsValidator>());
        if (configure is not null)
        {
            services.Configure(configure);
        }

        return builder.Add(new HealthCheckRegistration(name, Create, failureStatus, tags));
    }

    private static LlmPipelineHealthCheck Create(IServiceProvider provider) => new(
        provider.GetService<LlmObserver>() ?? throw new InvalidOperationException("Call services.AddLlmObservability() beside the health check that looks at it."),
        provider.GetRequiredService<IOptions<LlmPipelineHealthOptions>>().Value);
}
