using LlmObservability;
using Microsoft.Extensions.AI;

namespace Quickstart.Simulation;

/// <summary>A shop's assistant without a provider: simulated models, and users who keep them busy.</summary>
internal static class SimulationServices
{
    public static void AddSimulation(this IServiceCollection services)
    {
        services.AddSingleton(TimeProvider.System);
        services.AddSingleton<IChatClient>(provider =>
        {
            var observer = provider.GetRequiredService<LlmObserver>();
            var time = provider.GetRequiredService<TimeProvider>();
            return new AnswerCache(new FallbackChatClient(
                new SimulatedChatClient("anthropic", time).WithLlmObservability(observer),
                new SimulatedChatClient("openai", time).WithLlmObservability(observer)));
        });
        services.AddSingleton<IEmbeddingGenerator<string, Embedding<float>>>(
            provider => new SimulatedEmbeddingGenerator(provider.GetRequiredService<TimeProvider>()));
        services.AddHostedService(provider => new BackgroundLoad(
            provider.GetRequiredService<IChatClient>(),
            provider.GetRequiredService<IEmbeddingGenerator<string, Embedding<float>>>(),
            provider.GetRequiredService<LlmObserver>(),
            provider.GetRequiredService<TimeProvider>()));
    }
}
