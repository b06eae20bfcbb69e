using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace LlmObservability.DependencyInjection;

/// <summary>Fills service and environment from the host, where the application says nothing else.</summary>
internal sealed class OptionsFromHost(IServiceProvider provider) : IPostConfigureOptions<LlmObservabilityOptions>
{
    public void PostConfigure(string? name, LlmObservabilityOptions options)
    {
        var host = provider.GetService<IHostEnvironment>();
        options.Service ??= host?.ApplicationName;
        options.Environment ??= host?.EnvironmentName;
    }
}
