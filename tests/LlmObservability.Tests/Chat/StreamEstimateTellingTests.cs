using System.Runtime.CompilerServices;
using LlmObservability.Queries;
using LlmObservability.Testing;
using LlmObservability.Tests.Telemetry;
using Microsoft.Extensions.AI;

namespace LlmObservability.Tests.Chat;

/// <summary>Where estimates go: into attempts and their sums, own counters and spans, and never into the conventions' metrics.</summary>
public sealed class StreamEstimateTellingTests
{
    private static readonly ChatMessage[] Question = [new(ChatRole.User, new string('x', 60))];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task An_estimate_counts_in_own_counters_and_is_marked_on_the_span_and_the_conventions_have_none(bool latest)
    {
        await using var observing = new Observing(options => options.Telemetry.LatestConventions = latest);
        using var listening = new Listening(observing);
        observing.Inner.Stream = (_, _, _) => Updates(fails: false, new TextContent(new string('x', 30)));
        await observing.Client.GetStreamingResponseAsync(Question, null, Token).ToChatResponseAsync(Token);

        var call = await observing.OnlyCallAsync();
        listening.Sum("llm_observability.tokens").ShouldBe(10 + 5);
        listening.Sum("llm_observability.cost").ShouldBe((double)call.Cost.ShouldNotBeNull().TotalUsd, 1e-12);
        listening.Sum("llm_observability.requests.unpriced").ShouldBe(0);
        foreach (var instrument in listening.Instruments.Select(instrument => instrument.Name).Where(name => name.Contains("token", StringComparison.Ordinal)))
        {
            if (instrument.StartsWith("gen_ai.", StringComparison.Ordinal))
            {
                listening.Recorded(instrument).ShouldBeEmpty();
                listening.Read(instrument).ShouldBeEmpty();
            }
        }

        var span = listening.OnlySpan();
        span.GetTagItem("llm_observability.usage.source").ShouldBe("estimated");
        span.GetTagItem("gen_ai.usage.output_tokens").ShouldBe(5L);
        span.GetTagItem("gen_ai.usage.cost").ShouldBe((double)call.Cost.Value.TotalUsd);
    }

    [Fact]
    public async Task Reported_usage_is_not_marked()
    {
        await using var observing = new Observing();
        using var listening = new Listening(observing);
        await observing.Client.GetStreamingResponseAsync(Question, null, Token).ToChatResponseAsync(Token);
        listening.OnlySpan().GetTagItem("llm_observability.usage.source").ShouldBeNull();
        listening.Recorded("gen_ai.client.token.usage").Count.ShouldBe(2);
    }

    [Fact]
    public async Task Attempts_that_are_streams_are_estimated_and_their_sum_is_an_estimate_too()
    {
        await using var store = new StoreOfCalls();
        var broken = new ScriptedChatClient { Stream = (_, _, _) => Updates(fails: true, new TextContent(new string('x', 30))) };
        var refused = new ScriptedChatClient { Stream = (_, _, _) => Updates(fails: true) };
        var told = new ScriptedChatClient();
        using var client = new Failover(
            broken.WithLlmObservability(store.Observer), refused.WithLlmObservability(store.Observer), told.WithLlmObservability(store.Observer))
            .WithLlmObservability(store.Observer);
        await client.GetStreamingResponseAsync(Question, null, Token).ToChatResponseAsync(Token);

        var detail = await store.OnlyAsync();
        detail.Attempts.Select(attempt => (attempt.Outcome, attempt.Tokens.Source, attempt.Tokens.Input, attempt.Tokens.Output)).ShouldBe(
        [
            (LlmOutcome.Failed, LlmUsageSource.Estimated, 10, 5),
            (LlmOutcome.Failed, LlmUsageSource.Missing, 0, 0),
            (LlmOutcome.Completed, LlmUsageSource.Reported, 1_000, 100),
        ]);
        detail.Call.Tokens.ShouldBe(new LlmTokens { Source = LlmUsageSource.Estimated, UncachedInput = 1_010, VisibleOutput = 105 });
        detail.Call.Cost.ShouldNotBeNull().TotalNanos.ShouldBe(detail.Attempts.Sum(attempt => attempt.Cost?.TotalNanos ?? 0));
        // What it estimates from what passed through it is not added to what its attempts tell.
        detail.Call.AttemptCount.ShouldBe(3);
    }

    [Fact]
    public async Task A_stream_left_early_is_estimated_once_however_many_wrappers_it_passed()
    {
        await using var store = new StoreOfCalls();
        var inner = new ScriptedChatClient { Stream = (_, _, _) => Updates(fails: false, new TextContent(new string('x', 30)), new TextContent("more")) };
        using var client = new Failover(inner.WithLlmObservability(store.Observer)).WithLlmObservability(store.Observer);
        await foreach (var _ in client.GetStreamingResponseAsync(Question, null, Token))
        {
            break;
        }

        var detail = await store.OnlyAsync();
        detail.Call.Outcome.ShouldBe(LlmOutcome.Abandoned);
        detail.Call.Tokens.ShouldBe(new LlmTokens { Source = LlmUsageSource.Estimated, UncachedInput = 10, VisibleOutput = 5 });
        detail.Attempts.ShouldHaveSingleItem().Tokens.ShouldBe(detail.Call.Tokens);
    }

    private static async IAsyncEnumerable<ChatResponseUpdate> Updates(bool fails, params AIContent[] contents)
    {
        await Task.Yield();
        foreach (var content in contents)
        {
            yield return new ChatResponseUpdate(ChatRole.Assistant, [content]);
        }

        if (fails)
        {
            throw new HttpIOException(HttpRequestError.ResponseEnded);
        }
    }

    private sealed class StoreOfCalls : IAsyncDisposable
    {
        private readonly InMemoryLlmStore _store = new();

        public StoreOfCalls() => Observer = LlmObserver.Create([_store]);

        public LlmObserver Observer { get; }

        public async Task<LlmCallDetail> OnlyAsync()
        {
            await Observer.FlushAsync(Token);
            var ids = new List<Guid>();
            await foreach (var call in _store.ExportAsync(LlmFilter.None, Token))
            {
                ids.Add(call.Id);
            }

            return (await _store.GetAsync(ids.ShouldHaveSingleItem(), Token)).ShouldNotBeNull();
        }

        public ValueTask DisposeAsync() => Observer.DisposeAsync();
    }

    /// <summary>Streams from one after the other, until one of them does not fail.</summary>
    private sealed class Failover(params IChatClient[] clients) : DelegatingChatClient(clients[0])
    {
        public override async IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
            IEnumerable<ChatMessage> messages, ChatOptions? options = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
        {
            foreach (var client in clients)
            {
                await using var updates = client.GetStreamingResponseAsync(messages, options, cancellationToken).GetAsyncEnumerator(cancellationToken);
                var (more, failed) = (true, false);
                while (more)
                {
                    try
                    {
                        more = await updates.MoveNextAsync();
                    }
                    catch (HttpIOException)
                    {
                        (more, failed) = (false, true);
                    }

                    if (more)
                    {
                        yield return updates.Current;
                    }
                }

                if (!failed)
                {
                    yield break;
                }
            }
        }
    }
}
