using System.Net;
using System.Runtime.CompilerServices;
using LlmObservability.Testing;
using Microsoft.Extensions.AI;

namespace LlmObservability.OpenTelemetry.Tests.Instrumentation;

/// <summary>Calls of every kind that a back end tells apart, each with the tags of a user's request.</summary>
internal sealed class CallScenario(LlmObserver observer)
{
    /// <summary>What nobody may ever read of a call.</summary>
    public const string Secret = "swordfish";

    public static IReadOnlyList<string> Kinds { get; } = ["retried", "streamed", "written", "heard", "embedded", "failed", "cancelled"];

    public async Task RunAsync(string kind, CancellationToken cancellationToken)
    {
        using var scope = LlmScope.Begin(
            ("user", "alice"), ("session", "s-1"), ("tenant", "acme"), ("feature", "search"), ("environment", "Production"),
            ("service_version", "1.2.3"), ("order.id", "o-17"));
        await (kind switch
        {
            "retried" => RetriedAsync(cancellationToken),
            "streamed" => StreamedAsync(cancellationToken),
            "written" => WrittenAsync(cancellationToken),
            "heard" => HeardAsync(cancellationToken),
            "embedded" => EmbeddedAsync(cancellationToken),
            "failed" => FailedAsync(cancellationToken),
            "cancelled" => CancelledAsync(),
            _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "There is no such kind."),
        });
    }

    // Two attempts: the first is refused, and a tool runs inside the second.
    private async Task RetriedAsync(CancellationToken cancellationToken)
    {
        var tool = AIFunctionFactory.Create(() => Secret, "look_up").WithLlmObservability(observer);
        var tries = 0;
        var inner = new ScriptedChatClient
        {
            Respond = async (_, _, cancelled) =>
            {
                if (++tries == 1)
                {
                    throw new HttpRequestException(Secret, null, HttpStatusCode.ServiceUnavailable);
                }

                await tool.InvokeAsync(cancellationToken: cancelled);
                return Response(new UsageDetails
                {
                    InputTokenCount = 1_000,
                    OutputTokenCount = 200,
                    TotalTokenCount = 1_200,
                    CachedInputTokenCount = 600,
                    ReasoningTokenCount = 80,
                });
            },
        };
        var client = new RetryingClient(inner.WithLlmObservability(observer)).WithLlmObservability(observer);
        var response = await client.GetResponseAsync(Secret, new ChatOptions { Temperature = 0.5f, MaxOutputTokens = 300 }, cancellationToken);
        response.Text.ShouldBe("Hello");
    }

    private async Task StreamedAsync(CancellationToken cancellationToken)
    {
        var client = new ScriptedChatClient().WithLlmObservability(observer);
        await foreach (var update in client.GetStreamingResponseAsync(Secret, cancellationToken: cancellationToken))
        {
            update.ShouldNotBeNull();
        }
    }

    // A provider that says what it wrote to its cache.
    private async Task WrittenAsync(CancellationToken cancellationToken)
    {
        var client = new ScriptedChatClient
        {
            Metadata = new ChatClientMetadata("anthropic", new Uri("https://api.anthropic.com"), "claude-sonnet-4-5"),
            Respond = (_, _, _) => Task.FromResult(Response(
                new UsageDetails
                {
                    InputTokenCount = 5_000,
                    OutputTokenCount = 100,
                    TotalTokenCount = 5_100,
                    CachedInputTokenCount = 1_500,
                    AdditionalCounts = new() { ["CacheCreationInputTokens"] = 3_000 },
                },
                "claude-sonnet-4-5-20250929")),
        };
        (await client.WithLlmObservability(observer).GetResponseAsync(Secret, cancellationToken: cancellationToken)).ShouldNotBeNull();
    }

    // Audio and a picture, some of the audio out of the provider's cache; audio comes back.
    private async Task HeardAsync(CancellationToken cancellationToken)
    {
        var client = new ScriptedChatClient
        {
            Metadata = new ChatClientMetadata("openai", new Uri("https://api.openai.com/v1"), "gpt-4o-mini-realtime-preview"),
            Respond = (_, _, _) => Task.FromResult(Response(
                new UsageDetails
                {
                    InputTokenCount = 1_000,
                    OutputTokenCount = 300,
                    TotalTokenCount = 1_300,
                    CachedInputTokenCount = 700,
                    AdditionalCounts = new()
                    {
                        ["InputTokenDetails.AudioTokenCount"] = 400,
                        ["InputTokenDetails.ImageTokenCount"] = 50,
                        ["OutputTokenDetails.AudioTokenCount"] = 200,
                    },
                },
                "gpt-4o-mini-realtime-preview")),
        };
        (await client.WithLlmObservability(observer).GetResponseAsync(Secret, cancellationToken: cancellationToken)).ShouldNotBeNull();
    }

    private async Task EmbeddedAsync(CancellationToken cancellationToken) =>
        (await new ScriptedEmbeddingGenerator().WithLlmObservability(observer).GenerateAsync([Secret, Secret], cancellationToken: cancellationToken)).Count.ShouldBe(2);

    private async Task FailedAsync(CancellationToken cancellationToken)
    {
        var client = new ScriptedChatClient { Respond = (_, _, _) => throw new InvalidOperationException(Secret) };
        await Should.ThrowAsync<InvalidOperationException>(() => client.WithLlmObservability(observer).GetResponseAsync(Secret, cancellationToken: cancellationToken));
    }

    private async Task CancelledAsync()
    {
        using var cancelled = new CancellationTokenSource();
        var client = new ScriptedChatClient
        {
            Respond = async (_, _, token) =>
            {
                await cancelled.CancelAsync();
                token.ThrowIfCancellationRequested();
                return Response(new UsageDetails());
            },
        };
        await Should.ThrowAsync<OperationCanceledException>(() => client.WithLlmObservability(observer).GetResponseAsync(Secret, cancellationToken: cancelled.Token));
    }

    private static ChatResponse Response(UsageDetails usage, string model = "gpt-4o-mini-2024-07-18")
    {
        var response = ScriptedChatClient.Response(model: model);
        response.Usage = usage;
        return response;
    }

    private sealed class RetryingClient(IChatClient inner) : DelegatingChatClient(inner)
    {
        public override async Task<ChatResponse> GetResponseAsync(
            IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
        {
            try
            {
                return await base.GetResponseAsync(messages, options, cancellationToken);
            }
            catch (HttpRequestException)
            {
                return await base.GetResponseAsync(messages, options, cancellationToken);
            }
        }
    }
}
