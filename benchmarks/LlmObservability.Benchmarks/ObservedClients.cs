using LlmObservability.Sinks;
using Microsoft.Extensions.AI;

namespace LlmObservability.Benchmarks;

/// <summary>What every benchmark measures: a bare client, and the same one wrapped over a sink that discards.</summary>
internal sealed class ObservedClients : IAsyncDisposable
{
    public const int Updates = 50;
    public static readonly ChatMessage[] Messages = [new(ChatRole.User, "Hi")];

    public ObservedClients()
    {
        Wrapped = Bare.WithLlmObservability(Observer);
        Nested = new Between(Wrapped).WithLlmObservability(Observer);
        WrappedAnew = BareAnew.WithLlmObservability(Observer);
        WrappedLong = BareLong.WithLlmObservability(Observer);
        WrappedEmbeddings = BareEmbeddings.WithLlmObservability(Observer);
    }

    public LlmObserver Observer { get; } = LlmObserver.Create(
        [new DiscardingSink()],
        new LlmObservabilityOptions { Pipeline = { MaxQueueItems = 1_000_000, MaxQueueBytes = 1L << 30 } });

    public InstantChatClient Bare { get; } = new(Updates);

    public IChatClient Wrapped { get; }

    /// <summary>A wrapped client around the wrapped one, with a client between them: the inner one is an attempt.</summary>
    public IChatClient Nested { get; }

    /// <summary>Answers with a new response each time, as real clients do.</summary>
    public InstantChatClient BareAnew { get; } = new(Updates, anew: true);

    public IChatClient WrappedAnew { get; }

    /// <summary>Streams ten times as long: the difference is what an update costs.</summary>
    public InstantChatClient BareLong { get; } = new(10 * Updates);

    public IChatClient WrappedLong { get; }

    public InstantEmbeddingGenerator BareEmbeddings { get; } = new();

    public IEmbeddingGenerator<string, Embedding<float>> WrappedEmbeddings { get; }

    public static async Task<int> DrainAsync(IChatClient client)
    {
        var count = 0;
        await foreach (var _ in client.GetStreamingResponseAsync(Messages))
        {
            count++;
        }

        return count;
    }

    public ValueTask DisposeAsync() => Observer.DisposeAsync();

    private sealed class Between(IChatClient inner) : DelegatingChatClient(inner);

    private sealed class DiscardingSink : ILlmSink
    {
        public string Name => "discard";

        public ValueTask PrepareAsync(CancellationToken cancellationToken) => default;

        public ValueTask<LlmWriteResult> WriteAsync(LlmBatch batch, CancellationToken cancellationToken) =>
            new(new LlmWriteResult(batch.Envelopes.Count, 0));
    }
}
