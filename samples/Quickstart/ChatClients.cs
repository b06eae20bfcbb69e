using System.ClientModel;
using Anthropic;
using LlmObservability;
using Microsoft.Extensions.AI;
using OpenAI;
using OpenAI.Chat;
using Quickstart.Simulation;

namespace Quickstart;

/// <summary>
/// Which chat client the application has: Anthropic's, or one of OpenAI's or a compatible service's, by the key in the environment; without a key
/// a simulated one that is kept busy.
/// </summary>
internal static class ChatClients
{
    private const string AnthropicKey = "ANTHROPIC_API_KEY";
    private const string OpenAiKey = "OPENAI_API_KEY";
    private const string OpenAiAddress = "OPENAI_BASE_URL";
    private const string OpenAiServer = "https://api.openai.com/v1";
    private const string AnthropicModel = "claude-haiku-4-5";
    private const string OpenAiModel = "gpt-4.1-mini";
    private const int MaxOutputTokens = 1_024;

    /// <returns>What the provider is, in words.</returns>
    public static string AddChatClient(this IServiceCollection services, IConfiguration configuration)
    {
        if (configuration[AnthropicKey] is { Length: > 0 } key)
        {
            var model = configuration["Model"] ?? AnthropicModel;
            services.AddSingleton(_ => new AnthropicClient { ApiKey = key }.AsIChatClient(model, MaxOutputTokens));
            return $"Anthropic, {model}";
        }

        // A service of one's own, as Ollama or vLLM, needs an address and no key.
        var (given, told) = (configuration[OpenAiKey], configuration[OpenAiAddress]);
        if (!string.IsNullOrEmpty(given) || !string.IsNullOrEmpty(told))
        {
            var model = configuration["Model"] ?? OpenAiModel;
            var server = new Uri(string.IsNullOrEmpty(told) ? OpenAiServer : told);
            var credential = new ApiKeyCredential(string.IsNullOrEmpty(given) ? "none" : given);
            services.AddSingleton<IChatClient>(
                _ => new OpenAiChatClient(new ChatClient(model, credential, new OpenAIClientOptions { Endpoint = server }), server, model));
            return $"{server.Host}, {model}";
        }

        services.AddSimulation();
        return $"simulated, with calls of its own (set {AnthropicKey}, {OpenAiKey} or {OpenAiAddress} for a real one)";
    }
}
