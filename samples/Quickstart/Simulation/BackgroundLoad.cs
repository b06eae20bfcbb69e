using System.ComponentModel;
using System.Diagnostics;
using System.Text.Json;
using LlmObservability;
using Microsoft.Extensions.AI;

namespace Quickstart.Simulation;

/// <summary>Users who never sleep: some calls a second, of several routes, tenants and models, and of every way in which a call may end.</summary>
internal sealed class BackgroundLoad(
    IChatClient client, IEmbeddingGenerator<string, Embedding<float>> embeddings, LlmObserver observer, TimeProvider time) : BackgroundService
{
    private const int Users = 12;

    private static readonly string[] Models = ["claude-sonnet-4-5", "claude-haiku-4-5", "claude-haiku-4-5", "gpt-4.1", "gpt-4.1-mini", "in-house-7b"];
    private static readonly (string Route, string Feature)[] Routes =
        [("/chat", "support"), ("/chat", "support"), ("/search", "search"), ("/classify", "triage"), ("/summary", "summaries"), ("/index", "documents")];
    private static readonly string[] Tenants = ["acme", "acme", "globex", "initech"];
    private static readonly JsonElement Schema = JsonElement.Parse(
        """{"type":"object","properties":{"topic":{"type":"string"},"urgent":{"type":"boolean"}},"required":["topic","urgent"]}""");

    private readonly AIFunction _tool = AIFunctionFactory.Create(SearchAsync, "search_documents").WithLlmObservability(observer);

    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        Task.WhenAll(Enumerable.Range(1, Users).Select(user => AskAgainAndAgainAsync(user, stoppingToken)));

    private async Task AskAgainAndAgainAsync(int user, CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(Random.Shared.Next(100, 1_200)), time, stoppingToken);
            try
            {
                await AskAsync(user, stoppingToken);
            }
            catch (HttpRequestException)
            {
                // The provider was overloaded or broken; the user asks something else.
            }
            catch (TimeoutException)
            {
                // It answered too late.
            }
            catch (OperationCanceledException) when (!stoppingToken.IsCancellationRequested)
            {
                // The user had waited long enough.
            }
        }
    }

    private async Task AskAsync(int user, CancellationToken stoppingToken)
    {
        var (route, feature) = Pick(Routes);
        // As of a request that came in: its trace is the one that its calls belong to.
        using var request = new Activity("request").Start();
        using var scope = LlmScope.Begin(
            ("route", route), ("feature", feature), ("tenant", Pick(Tenants)), ("user", $"user-{user}"), ("conversation", $"conversation-{user}"), ("session", $"session-{user}"),
            ("config", $"prompt-{1 + (user % 3)}"), ("variant", user % 2 == 0 ? "short-prompt" : "long-prompt"), ("team", user < 5 ? "red" : "blue"));
        if (feature == "documents")
        {
            await embeddings.GenerateAsync(["How to send something back.", "Where parcels are."], cancellationToken: stoppingToken);
            return;
        }

        var options = new ChatOptions { ModelId = Pick(Models) }.WithLlmQueueWait(TimeSpan.FromMilliseconds(Random.Shared.Next(1, user * 20)));
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken);
        if (Random.Shared.Next(60) == 0)
        {
            patience.CancelAfter(TimeSpan.FromMilliseconds(300));
        }

        if (feature == "support")
        {
            await ReadStreamAsync(options, patience.Token);
            return;
        }

        options.ResponseFormat = feature == "triage" ? ChatResponseFormat.ForJsonSchema(Schema) : null;
        options.Tools = feature == "search" ? [_tool] : null;
        await client.GetResponseAsync("Where is my parcel?", options, patience.Token);
    }

    private async Task ReadStreamAsync(ChatOptions options, CancellationToken cancellationToken)
    {
        // Now and then somebody closes the window before the answer is there.
        var most = Random.Shared.Next(30) == 0 ? 2 : int.MaxValue;
        var read = 0;
        await foreach (var _ in client.GetStreamingResponseAsync("How do I send something back?", options, cancellationToken))
        {
            if (++read == most)
            {
                break;
            }
        }
    }

    [Description("Searches the shop's documents.")]
    private static async Task<string> SearchAsync(string query, CancellationToken cancellationToken)
    {
        await Task.Delay(Random.Shared.Next(30, 250), cancellationToken);
        return $"Nothing about {query}.";
    }

    private static T Pick<T>(T[] values) => values[Random.Shared.Next(values.Length)];
}
