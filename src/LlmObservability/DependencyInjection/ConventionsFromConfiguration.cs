using LlmObservability.Telemetry;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace LlmObservability.DependencyInjection;

/// <summary>Chooses the conventions as OpenTelemetry's own variable says, which a host's configuration includes.</summary>
internal sealed class ConventionsFromConfiguration(IServiceProvider provider) : IPostConfigureOptions<LlmObservabilityOptions>
{
    public void PostConfigure(string? name, LlmObservabilityOptions options)
    {
        if (provider.GetService<IConfiguration>()?[GenAiConventions.OptInVariable] is { } optIn)
        {
            options.Telemetry.LatestConventions ??= GenAiConventions.AsksForLatest(optIn);
        }
    }
}
