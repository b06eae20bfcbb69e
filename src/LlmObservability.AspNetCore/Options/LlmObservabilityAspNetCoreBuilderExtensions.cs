using LlmObservability;
using LlmObservability.AspNetCore;
using LlmObservability.AspNetCore.Metrics;
using LlmObservability.AspNetCore.Requests;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Adds what LlmObservability does in ASP.NET Core.</summary>
public static class LlmObservabilityAspNetCoreBuilderExtensions
{
    /// <summary>
    /// Adds what <c>app.UseLlmObservability()</c> and <c>app.MapLlmMetrics()</c> need, and the metrics' own port where
    /// <see cref="LlmMetricsListenerOptions.Enabled"/> says so. May be called several times; settings add up.
    /// </summary>
    /// <param name="builder">The builder.</param>
    /// <param name="configure">Options, after those of the configuration section <c>LlmObservability:AspNetCore</c>.</param>
    public static ILlmObservabilityBuilder AddAspNetCore(
        this ILlmObservabilityBuilder builder, Action<LlmAspNetCoreOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        var services = builder.Services;
        services.AddOptions<LlmAspNetCoreOptions>().ValidateOnStart();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IConfigureOptions<LlmAspNetCoreOptions>, AspNetCoreOptionsFromConfiguration>());
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<LlmAspNetCoreOptions>, AspNetCoreOptionsValidator>());
        if (configure is not null)
        {
            services.Configure(configure);
        }

        services.AddMetrics();
        services.TryAddSingleton<RequestTags>();
        // Made by who serves metrics, and not before: nobody listens until then.
        services.TryAddSingleton<MetricsEndpoint>();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IHostedService, MetricsListener>());
        return builder;
    }
}
