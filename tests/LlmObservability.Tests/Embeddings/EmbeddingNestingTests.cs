using LlmObservability.Queries;
using LlmObservability.Sinks;
using LlmObservability.Testing;
using LlmObservability.Tests.Chat;
using Microsoft.Extensions.AI;

namespace LlmObservability.Tests.Embeddings;

/// <summary>Embeddings inside embeddings are attempts; embeddings inside chat calls, and the other way round, are calls of their own.</summary>
public sealed class EmbeddingNestingTests : IAsyncDisposable
{
    private static readonly string[] Values = ["x"];

    private readonly Observing _observing = new();
    private readonly ScriptedEmbeddingGenerator _inner = new();
    private readonly IEmbeddingGenerator<string, Embedding<float>> _generator;

    public EmbeddingNestingTests() => _generator = _inner.WithLlmObservability(_observing.Observer);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public ValueTask DisposeAsync()
    {
        _generator.Dispose();
        _inner.Dispose();
        return _observing.DisposeAsync();
    }

    [Fact]
    public async Task Nested_generators_are_one_call_with_attempts_and_count_tokens_once()
    {
        using var failing = new ScriptedEmbeddingGenerator { Respond = (_, _, _) => throw new HttpRequestException("down") };
        using var failover = new Failover(failing.WithLlmObservability(_observing.Observer), _generator);
        using var outer = failover.WithLlmObservability(_observing.Observer);
        var result = await outer.GenerateAsync(Values, cancellationToken: Token);

        var envelope = (await EnvelopesAsync()).ShouldHaveSingleItem();
        var call = envelope.Call;
        (call.Operation, call.AttemptCount, call.Outcome, call.InputCount, call.Dimensions).ShouldBe(("embeddings", 2, LlmOutcome.Completed, 2, 3));
        (call.Tokens.Input, call.Cost!.Value.TotalNanos).ShouldBe((1_234, 24_680));
        (call.Provider, call.RequestModel).ShouldBe(("openai", "text-embedding-3-small"));
        envelope.Attempts.Select(attempt => (attempt.Ordinal, attempt.Outcome, attempt.Tokens.Input, attempt.CostReason)).ShouldBe(
            [(1, LlmOutcome.Failed, 0, LlmCostReason.MissingUsage), (2, LlmOutcome.Completed, 1_234, LlmCostReason.Priced)]);
        result.GetLlmCall().ShouldBe(call);
    }

    [Fact]
    public async Task A_wrapper_twice_around_one_generator_is_one_attempt()
    {
        using var outer = new Passing(_generator).WithLlmObservability(_observing.Observer);
        await outer.GenerateAsync(Values, cancellationToken: Token);
        var envelope = (await EnvelopesAsync()).ShouldHaveSingleItem();
        (envelope.Call.AttemptCount, envelope.Attempts.Count, envelope.Call.Tokens.Input).ShouldBe((1, 1, 1_234));
    }

    [Theory]
    [InlineData(true, "cached", 0L)]
    [InlineData(false, "maybe_cached", null)]
    public async Task A_cache_around_a_wrapped_generator_is_known_as_a_chat_clients_is(bool only, string reason, long? nanos)
    {
        using var outer = new Cache(_generator).WithLlmObservability(_observing.Observer, new LlmClientOptions { OnlyWrappedInside = only });
        await outer.GenerateAsync(Values, cancellationToken: Token);
        await outer.GenerateAsync(Values, cancellationToken: Token);
        var calls = await _observing.CallsAsync();
        calls[0].CostReason.ShouldBe(LlmCostReason.Priced);
        (calls[1].CostReason.ToName(), calls[1].Cost?.TotalNanos, calls[1].Cached, calls[1].InputCount).ShouldBe((reason, nanos, only, 2));
    }

    [Theory]
    [InlineData(false, "cached")]
    [InlineData(true, "priced")]
    public async Task A_semantic_caches_embedding_is_a_call_of_its_own_and_no_attempt_of_the_chat_call_around(bool miss, string reason)
    {
        using var semantic = new SemanticCache(_observing.Client, _generator) { Miss = miss };
        using var chat = semantic.WithLlmObservability(_observing.Observer, new LlmClientOptions { OnlyWrappedInside = true });
        using (LlmScope.Begin(("route", "/ask")))
        {
            await chat.GetResponseAsync(Observing.Hello, null, Token);
        }

        var envelopes = await EnvelopesAsync();
        envelopes.Select(envelope => (envelope.Call.Operation, envelope.Attempts.Count, envelope.Call.Tags.Route)).ShouldBe(
            [("embeddings", 0, "/ask"), ("chat", miss ? 1 : 0, "/ask")]);
        envelopes[0].Call.Cost!.Value.TotalNanos.ShouldBe(24_680);
        var call = envelopes[1].Call;
        (call.CostReason.ToName(), call.Tokens.Input, call.Cost!.Value.TotalNanos).ShouldBe(miss ? (reason, 1_000, 210_000) : (reason, 0, 0));
        (call.InputCount, call.Dimensions).ShouldBe((null, null));
    }

    [Fact]
    public async Task A_chat_call_inside_an_embedding_is_a_call_of_its_own_too()
    {
        _inner.Respond = async (_, _, token) =>
        {
            await _observing.Client.GetResponseAsync(Observing.Hello, null, token);
            return ScriptedEmbeddingGenerator.Result();
        };
        await _generator.GenerateAsync(Values, cancellationToken: Token);
        (await EnvelopesAsync()).Select(envelope => (envelope.Call.Operation, envelope.Call.AttemptCount, envelope.Attempts.Count)).ShouldBe(
            [("chat", 1, 0), ("embeddings", 1, 0)]);
    }

    [Fact]
    public async Task An_embedding_with_tags_of_its_own_inside_an_embedding_is_a_call_of_its_own()
    {
        using var outer = new Passing(_generator) { Scope = () => LlmScope.Begin(("feature", "sub")) }.WithLlmObservability(_observing.Observer);
        await outer.GenerateAsync(Values, cancellationToken: Token);
        (await _observing.CallsAsync()).Select(call => call.Tags.Feature).ShouldBe(["sub", null]);
    }

    [Fact]
    public async Task An_attempt_whose_call_has_ended_stands_for_itself()
    {
        var late = new TaskCompletionSource<GeneratedEmbeddings<Embedding<float>>>();
        _inner.Respond = (_, _, _) => late.Task;
        using var hedge = new Hedge(_generator);
        using var outer = hedge.WithLlmObservability(_observing.Observer);
        await outer.GenerateAsync(Values, cancellationToken: Token);
        late.SetResult(ScriptedEmbeddingGenerator.Result(count: 5));
        await hedge.Left!;

        var alone = (await _observing.CallsAsync())[1];
        (alone.Operation, alone.InputCount, alone.Dimensions, alone.Tokens.Input, alone.Cost!.Value.TotalNanos).ShouldBe(("embeddings", 5, 3, 1_234, 24_680));
    }

    [Fact]
    public async Task Nothing_stays_ambient_where_the_flow_is_suppressed()
    {
        using (ExecutionContext.SuppressFlow())
        {
            var before = LlmScope.Current;
            _ = _generator.GenerateAsync(Values, cancellationToken: Token);
            LlmCurrentCall.MarkCached().ShouldBeFalse();
            LlmScope.Current.ShouldBe(before);
        }

        (await _observing.OnlyCallAsync()).Cached.ShouldBeFalse();
    }

    [Fact]
    public async Task A_store_keeps_what_an_embedding_tells()
    {
        var store = new InMemoryLlmStore();
        await using var observer = LlmObserver.Create([store]);
        using var generator = _inner.WithLlmObservability(observer);
        var result = await generator.GenerateAsync(Values, cancellationToken: Token);
        await observer.FlushAsync(Token);
        (await store.GetAsync(result.GetLlmCall()!.Id, Token))!.Call.ShouldBe(result.GetLlmCall());
    }

    private async Task<IReadOnlyList<LlmCallEnvelope>> EnvelopesAsync()
    {
        await _observing.CallsAsync();
        return [.. _observing.Sink.Batches.SelectMany(batch => batch.Envelopes).OfType<LlmCallEnvelope>()];
    }

    private sealed class Passing(IEmbeddingGenerator<string, Embedding<float>> inner) : DelegatingEmbeddingGenerator<string, Embedding<float>>(inner)
    {
        public Func<IDisposable?> Scope { get; init; } = () => null;

        public override async Task<GeneratedEmbeddings<Embedding<float>>> GenerateAsync(
            IEnumerable<string> values, EmbeddingGenerationOptions? options = null, CancellationToken cancellationToken = default)
        {
            using (Scope())
            {
                return await base.GenerateAsync(values, options, cancellationToken);
            }
        }
    }

    private sealed class Failover(IEmbeddingGenerator<string, Embedding<float>> first, IEmbeddingGenerator<string, Embedding<float>> second)
        : DelegatingEmbeddingGenerator<string, Embedding<float>>(first)
    {
        public override async Task<GeneratedEmbeddings<Embedding<float>>> GenerateAsync(
            IEnumerable<string> values, EmbeddingGenerationOptions? options = null, CancellationToken cancellationToken = default)
        {
            try
            {
                return await base.GenerateAsync(values, options, cancellationToken);
            }
            catch (HttpRequestException)
            {
                return await second.GenerateAsync(values, options, cancellationToken);
            }
        }
    }

    private sealed class Cache(IEmbeddingGenerator<string, Embedding<float>> inner) : DelegatingEmbeddingGenerator<string, Embedding<float>>(inner)
    {
        private GeneratedEmbeddings<Embedding<float>>? _kept;

        public override async Task<GeneratedEmbeddings<Embedding<float>>> GenerateAsync(
            IEnumerable<string> values, EmbeddingGenerationOptions? options = null, CancellationToken cancellationToken = default) =>
            _kept ??= await base.GenerateAsync(values, options, cancellationToken);
    }

    /// <summary>Asks inside, and answers without waiting.</summary>
    private sealed class Hedge(IEmbeddingGenerator<string, Embedding<float>> inner) : DelegatingEmbeddingGenerator<string, Embedding<float>>(inner)
    {
        public Task? Left { get; private set; }

        public override Task<GeneratedEmbeddings<Embedding<float>>> GenerateAsync(
            IEnumerable<string> values, EmbeddingGenerationOptions? options = null, CancellationToken cancellationToken = default)
        {
            Left = base.GenerateAsync(values, options, cancellationToken);
            return Task.FromResult(ScriptedEmbeddingGenerator.Result(count: 1));
        }
    }

    /// <summary>Embeds the question, and asks the client where nothing alike was asked before.</summary>
    private sealed class SemanticCache(IChatClient inner, IEmbeddingGenerator<string, Embedding<float>> generator) : DelegatingChatClient(inner)
    {
        public bool Miss { get; init; }

        public override async Task<ChatResponse> GetResponseAsync(
            IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
        {
            await generator.GenerateAsync(Values, cancellationToken: cancellationToken);
            return Miss ? await base.GetResponseAsync(messages, options, cancellationToken) : ScriptedChatClient.Response();
        }
    }
}
