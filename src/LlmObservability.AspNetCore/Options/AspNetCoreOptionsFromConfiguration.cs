using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace LlmObservability.AspNetCore;

/// <summary>Binds the options from the application's configuration, if it has one.</summary>
internal sealed class AspNetCoreOptionsFromConfiguration(IServiceProvider provider) : IConfigureOptions<LlmAspNetCoreOptions>
{
    public void Configure(LlmAspNetCoreOptions options) =>
        provider.GetService<IConfiguration>()?.GetSection(LlmAspNetCoreOptions.SectionName).Bind(options);
}
