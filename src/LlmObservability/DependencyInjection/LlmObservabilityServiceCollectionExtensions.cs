using System.Diagnostics.Metrics;
using LlmObservability;
using LlmObservability.DependencyInjection;
using LlmObservability.Queries;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>The one line at start-up.</summary>
public static class LlmObservabilityServiceCollectionExtensions
{
    /// <summary>
    /// Adds the observer, its pipeline and its options: bound from the configuration section <c>LlmObservability</c> if the
    /// application has a configuration, then <paramref name="configure"/>, validated when the host starts. Without a sink
    /// or store added to what this returns, calls are kept in memory. May be called several times; settings add up.
    /// </summary>
    public static ILlmObservabilityBuilder AddLlmObservability(
        this IServiceCollection services, Action<LlmObservabilityOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        if (services.FirstOrDefault(service => service.ServiceType == typeof(LlmObservabilityBuilder))?.ImplementationInstance
            is not LlmObservabilityBuilder builder)
        {
            builder = new LlmObservabilityBuilder(services);
            services.AddSingleton(builder);
            AddCore(services);
        }

        if (configure is not null)
        {
            services.Configure(configure);
        }

        return builder;
    }

    private static void AddCore(IServiceCollection services)
    {
        services.AddOptions<LlmObservabilityOptions>().ValidateOnStart();
        services.AddSingleton<OptionsFromConfiguration>();
        services.AddSingleton<IConfigureOptions<LlmObservabilityOptions>>(provider => provider.GetRequiredService<OptionsFromConfiguration>());
        services.AddSingleton<IOptionsChangeTokenSource<LlmObservabilityOptions>>(provider => provider.GetRequiredService<OptionsFromConfiguration>());
        services.AddSingleton<IPostConfigureOptions<LlmObservabilityOptions>, OptionsFromHost>();
        services.AddSingleton<IPostConfigureOptions<LlmObservabilityOptions>, ConventionsFromConfiguration>();
        services.AddSingleton<IValidateOptions<LlmObservabilityOptions>, LlmObservabilityOptionsValidator>();

        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton<LlmSinkSet>();
        services.TryAddSingleton<ILlmStore>(provider => provider.GetRequiredService<LlmSinkSet>().Store);
        services.AddSingleton(CreateObserver);
        services.AddSingleton<LlmObservabilityHostedService>();
        services.AddSingleton<IHostedService>(provider => provider.GetRequiredService<LlmObservabilityHostedService>());
    }

    private static LlmObserver CreateObserver(IServiceProvider provider)
    {
        var monitor = provider.GetRequiredService<IOptionsMonitor<LlmObservabilityOptions>>();
        var options = monitor.CurrentValue;
        var observer = new LlmObserver(
            options,
            provider.GetRequiredService<LlmSinkSet>().Sinks,
            provider.GetRequiredService<TimeProvider>(),
            provider.GetService<ILoggerFactory>() ?? NullLoggerFactory.Instance,
            provider.GetService<IMeterFactory>());
        // Lives as long as the monitor, which is disposed with the same provider.
        monitor.OnChange(observer.ApplySwitches);
        return observer;
    }
}
