using Anthropic;
using LlmObservability;
using Microsoft.Extensions.AI;
using Quickstart.Simulation;

namespace Quickstart;

/// <summary>Which chat client the application has: Anthropic's with a key in the environment, else a simulated one that is kept busy.</summary>
internal static class ChatClients
{
    private const string KeyName = "ANTHROPIC_API_KEY";
    private const string Model = "claude-haiku-4-5";
    private const int MaxOutputTokens = 1_024;

    /// <returns>What the provider is, in words.</returns>
    public static string AddChatClient(this IServiceCollection services, IConfiguration configuration)
    {
        if (configuration[KeyName] is { Length: > 0 } key)
        {
            services.AddSingleton(_ => new AnthropicClient { ApiKey = key }.AsIChatClient(configuration["Model"] ?? Model, MaxOutputTokens));
            return $"Anthropic, {configuration["Model"] ?? Model}";
        }

        services.AddSingleton(TimeProvider.System);
        services.AddSingleton<IChatClient>(provider =>
        {
            var observer = provider.GetRequiredService<LlmObserver>();
            var time = provider.GetRequiredService<TimeProvider>();
            return new FallbackChatClient(
                new SimulatedChatClient("anthropic", time).WithLlmObservability(observer),
                new SimulatedChatClient("openai", time).WithLlmObservability(observer));
        });
        services.AddHostedService(provider => new BackgroundLoad(
            provider.GetRequiredService<IChatClient>(), provider.GetRequiredService<LlmObserver>(), provider.GetRequiredService<TimeProvider>()));
        return $"simulated, with calls of its own (set {KeyName} for a real one)";
    }
}
