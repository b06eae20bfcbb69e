using System.Runtime.CompilerServices;
using LlmObservability.Queries;
using LlmObservability.Testing;
using LlmObservability.Tests.Chat;
using Microsoft.Extensions.AI;

namespace LlmObservability.Tests.Calls;

/// <summary>A call is known to be answered from a cache, or may be, or is not; it is never free by mistake.</summary>
public sealed class CachedCallTests : IAsyncDisposable
{
    private readonly InMemoryLlmStore _store = new();
    private readonly LlmObserver _observer;
    private readonly ScriptedChatClient _provider = new();
    private readonly IChatClient _wrapped;

    public CachedCallTests()
    {
        _observer = LlmObserver.Create([_store]);
        _wrapped = _provider.WithLlmObservability(_observer);
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public ValueTask DisposeAsync()
    {
        _wrapped.Dispose();
        _provider.Dispose();
        return _observer.DisposeAsync();
    }

    [Theory]
    [InlineData(true, "cached", 0L)]
    [InlineData(false, "maybe_cached", null)]
    public async Task An_answer_for_which_no_wrapped_client_was_called_is_free_only_where_nothing_else_could_be(bool only, string reason, long? nanos)
    {
        var cache = new Cache(_wrapped);
        var client = cache.WithLlmObservability(_observer, new LlmClientOptions { OnlyWrappedInside = only });
        await client.GetResponseAsync(Observing.Hello, cancellationToken: Token);
        await client.GetResponseAsync(Observing.Hello, cancellationToken: Token);
        await foreach (var _ in client.GetStreamingResponseAsync(Observing.Hello, cancellationToken: Token))
        {
        }

        var calls = await CallsAsync();
        calls.Count.ShouldBe(3);
        (calls[0].Cached, calls[0].CostReason, calls[0].AttemptCount).ShouldBe((false, LlmCostReason.Priced, 1));
        calls[0].Cost.ShouldNotBeNull().TotalNanos.ShouldBeGreaterThan(0);
        foreach (var call in calls.Skip(1))
        {
            call.Cached.ShouldBe(only);
            call.CostReason.ToName().ShouldBe(reason);
            (call.Cost?.TotalNanos).ShouldBe(nanos);
            call.AttemptCount.ShouldBe(only ? 0 : 1);
            call.Tokens.Input.ShouldBe(only ? 0 : 1_000);
            call.Tokens.Source.ShouldBe(LlmUsageSource.Reported);
        }

        (await _store.GetAsync(calls[0].Id, Token)).ShouldNotBeNull().Attempts.Count.ShouldBe(1);
        (await _store.GetAsync(calls[1].Id, Token)).ShouldNotBeNull().Attempts.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_plain_client_is_never_taken_for_a_cache()
    {
        await _wrapped.GetResponseAsync(Observing.Hello, cancellationToken: Token);
        (await CallsAsync()).ShouldHaveSingleItem().CostReason.ShouldBe(LlmCostReason.Priced);
    }

    [Theory]
    [InlineData(0.93, 0.93)]
    [InlineData(null, null)]
    [InlineData(double.NaN, null)]
    public async Task The_application_says_so_from_inside_with_a_similarity(double? told, double? kept)
    {
        _provider.Respond = (_, _, _) =>
        {
            LlmCurrentCall.MarkCached(told).ShouldBeTrue();
            return Task.FromResult(ScriptedChatClient.Response());
        };
        await _wrapped.GetResponseAsync(Observing.Hello, cancellationToken: Token);
        LlmCurrentCall.MarkCached().ShouldBeFalse();

        var call = (await CallsAsync()).ShouldHaveSingleItem();
        (call.Cached, call.CostReason, call.Cost, call.Similarity).ShouldBe((true, LlmCostReason.Cached, default(LlmCost), kept));
    }

    [Fact]
    public async Task An_attempt_that_a_cache_answered_is_none_and_the_others_are_billed()
    {
        var hit = new ScriptedChatClient
        {
            Respond = (_, _, _) =>
            {
                LlmCurrentCall.MarkCached(1);
                return Task.FromResult(ScriptedChatClient.Response());
            },
        };
        var both = new Both(hit.WithLlmObservability(_observer), _wrapped).WithLlmObservability(_observer);
        await both.GetResponseAsync(Observing.Hello, cancellationToken: Token);

        var call = (await CallsAsync()).ShouldHaveSingleItem();
        (call.Cached, call.CostReason, call.AttemptCount, call.Similarity).ShouldBe((false, LlmCostReason.Priced, 1, null));
        (await _store.GetAsync(call.Id, Token)).ShouldNotBeNull().Attempts.ShouldHaveSingleItem().Ordinal.ShouldBe(1);
    }

    [Fact]
    public async Task It_can_be_said_later_and_a_verdict_too()
    {
        var response = await _wrapped.GetResponseAsync(Observing.Hello, cancellationToken: Token);
        var call = response.GetLlmCall().ShouldNotBeNull();
        _observer.AmendCached(call, 0.8);
        _observer.AmendVerdict(call, passed: false, "judge", "off topic");
        await _observer.FlushAsync(Token);

        var amendments = (await _store.GetAsync(call.Id, Token)).ShouldNotBeNull().Amendments;
        amendments.Select(a => (a.Kind, a.Name, a.Score, a.Label, a.CostReason)).ShouldBe(
        [
            ("similarity", null, 0.8, null, LlmCostReason.Cached),
            ("verdict", "judge", 0d, "off topic", null),
        ], ignoreOrder: true);
        amendments.Single(a => a.Kind == "similarity").Cost.ShouldBe(default(LlmCost));
    }

    private async Task<IReadOnlyList<LlmCall>> CallsAsync()
    {
        await _observer.FlushAsync(Token);
        var calls = new List<LlmCall>();
        await foreach (var call in _store.ExportAsync(LlmFilter.None, Token))
        {
            calls.Add(call);
        }

        return calls;
    }

    /// <summary>Calls inside once, and answers the same from then on.</summary>
    private sealed class Cache(IChatClient inner) : DelegatingChatClient(inner)
    {
        private ChatResponse? _kept;

        public override async Task<ChatResponse> GetResponseAsync(
            IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default) =>
            _kept ??= await base.GetResponseAsync(messages, options, cancellationToken);

        public override async IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
            IEnumerable<ChatMessage> messages, ChatOptions? options = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
        {
            await Task.Yield();
            foreach (var update in _kept!.ToChatResponseUpdates())
            {
                yield return update;
            }
        }
    }

    /// <summary>Asks one, then the other.</summary>
    private sealed class Both(IChatClient first, IChatClient second) : DelegatingChatClient(first)
    {
        public override async Task<ChatResponse> GetResponseAsync(
            IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
        {
            await base.GetResponseAsync(messages, options, cancellationToken);
            return await second.GetResponseAsync(messages, options, cancellationToken);
        }
    }
}
