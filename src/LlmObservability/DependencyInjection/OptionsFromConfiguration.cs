using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Primitives;

namespace LlmObservability.DependencyInjection;

/// <summary>Binds the options from the application's configuration, if it has one, now and whenever it changes.</summary>
internal sealed class OptionsFromConfiguration(IServiceProvider provider)
    : IConfigureOptions<LlmObservabilityOptions>, IOptionsChangeTokenSource<LlmObservabilityOptions>
{
    private readonly IConfigurationSection? _section =
        provider.GetService<IConfiguration>()?.GetSection(LlmObservabilityOptions.SectionName);

    public string Name => Options.DefaultName;

    public void Configure(LlmObservabilityOptions options)
    {
        if (_section is { } section)
        {
            section.Bind(options);
        }
    }

    public IChangeToken GetChangeToken() => _section?.GetReloadToken() ?? new CancellationChangeToken(CancellationToken.None);
}
