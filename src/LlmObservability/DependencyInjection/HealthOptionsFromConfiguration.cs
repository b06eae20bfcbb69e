using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace LlmObservability.DependencyInjection;

/// <summary>Binds the health check's bounds from the application's configuration, if it has one.</summary>
internal sealed class HealthOptionsFromConfiguration(IServiceProvider provider) : IConfigureOptions<LlmPipelineHealthOptions>
{
    public void Configure(LlmPipelineHealthOptions options)
    {
        if (provider.GetService<IConfiguration>()?.GetSection(LlmObservabilityOptions.SectionName).GetSection("Health") is { } section)
        {
            section.Bind(options);
        }
    }
}
