using LlmObservability;
using LlmObservability.OpenTelemetry;
using LlmObservability.OpenTelemetry.Otlp;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Adds the OTLP sink.</summary>
public static class OtlpLlmObservabilityBuilderExtensions
{
    /// <summary>
    /// Sends records to an OpenTelemetry collector or back end as OTLP over HTTP. Without any setting it is the one at
    /// <c>http://localhost:4318</c>, and OpenTelemetry's variables count.
    /// </summary>
    /// <param name="builder">The builder.</param>
    /// <param name="configure">Options, after those of the configuration section <c>LlmObservability:Otlp</c>.</param>
    public static ILlmObservabilityBuilder AddOtlp(this ILlmObservabilityBuilder builder, Action<OtlpLlmOptions>? configure = null) =>
        builder.AddOtlp(OtlpLlmSink.DefaultName, configure);

    /// <summary>Sends records to one more server. For it OpenTelemetry's exporter variables do not count, unless <see cref="OtlpLlmOptions.UseVariables"/> says so.</summary>
    /// <param name="builder">The builder.</param>
    /// <param name="name">The sink's name; unique.</param>
    /// <param name="configure">Options, after those of the configuration section <c>LlmObservability:Otlp:NAME</c>.</param>
    /// <exception cref="InvalidOperationException">A sink of that name was added already.</exception>
    public static ILlmObservabilityBuilder AddOtlp(this ILlmObservabilityBuilder builder, string name, Action<OtlpLlmOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        return builder.AddSink(name, services => Create(services, name, configure));
    }

    private static OtlpLlmSink Create(IServiceProvider services, string name, Action<OtlpLlmOptions>? configure)
    {
        var configuration = services.GetService<IConfiguration>();
        var options = new OtlpLlmOptions();
        configuration?.GetSection(OtlpSettings.SectionOf(name)).Bind(options);
        configure?.Invoke(options);
        var settings = OtlpSettings.Of(
            options,
            name,
            variable => configuration is null ? Environment.GetEnvironmentVariable(variable) : configuration[variable],
            services.GetService<IOptionsMonitor<LlmObservabilityOptions>>()?.CurrentValue);
        return new OtlpLlmSink(settings, name, services.GetService<TimeProvider>(), services.GetService<ILoggerFactory>());
    }
}
