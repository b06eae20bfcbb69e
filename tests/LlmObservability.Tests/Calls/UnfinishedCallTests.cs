using System.Runtime.CompilerServices;
using System.Threading.Channels;
using LlmObservability.Testing;
using LlmObservability.Tests.Chat;
using Microsoft.Extensions.AI;

namespace LlmObservability.Tests.Calls;

/// <summary>Calls that end before what is inside them, or before their answer is read: nothing is billed twice or by mistake.</summary>
public class UnfinishedCallTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(true, true)]
    [InlineData(true, false)]
    [InlineData(false, false)]
    public async Task A_stream_from_a_cache_that_is_left_early_is_not_priced(bool told, bool only)
    {
        var sink = new RecordingSink();
        await using var observer = LlmObserver.Create([sink]);
        using var provider = new ScriptedChatClient().WithLlmObservability(observer);
        using var client = new Middle(provider, (_, _) => Cached(told)).WithLlmObservability(observer, new LlmClientOptions { OnlyWrappedInside = only });
        await foreach (var _ in client.GetStreamingResponseAsync(Observing.Hello, cancellationToken: Token))
        {
            break;
        }

        await observer.FlushAsync(Token);
        var call = sink.Calls.ShouldHaveSingleItem();
        (call.Outcome, call.Cost, call.CostReason, call.Cached).ShouldBe((LlmOutcome.Abandoned, null, LlmCostReason.MaybeCached, false));
        call.Tokens.Source.ShouldBe(LlmUsageSource.Missing);

        static async IAsyncEnumerable<ChatResponseUpdate> Cached(bool told)
        {
            await Task.Yield();
            _ = told && LlmCurrentCall.MarkCached();
            yield return new ChatResponseUpdate(ChatRole.Assistant, "Hello from before");
            yield return new ChatResponseUpdate(ChatRole.Assistant, "and more");
        }
    }

    [Fact]
    public async Task A_stream_that_is_left_while_the_wrapped_one_inside_goes_on_is_billed_once()
    {
        var sink = new RecordingSink();
        await using var observer = LlmObserver.Create([sink]);
        using var provider = new ScriptedChatClient().WithLlmObservability(observer);
        var left = new TaskCompletionSource();
        var pumped = new TaskCompletionSource();
        using var client = new Middle(provider, (inner, token) => Prefetch(inner, token)).WithLlmObservability(observer);
        await foreach (var _ in client.GetStreamingResponseAsync(Observing.Hello, cancellationToken: Token))
        {
            break;
        }

        left.SetResult();
        await pumped.Task.WaitAsync(Eventually.Bound, Token);
        await observer.FlushAsync(Token);

        sink.Calls.Count.ShouldBe(2);
        var outer = sink.Calls.Single(call => call.Outcome == LlmOutcome.Abandoned);
        (outer.Cost, outer.CostReason, outer.Tokens.Source).ShouldBe((null, LlmCostReason.MissingUsage, LlmUsageSource.Missing));
        var inner = sink.Calls.Single(call => call.Outcome == LlmOutcome.Completed);
        inner.Cost!.Value.TotalNanos.ShouldBe((1_000 * 150) + (100 * 600));

        async IAsyncEnumerable<ChatResponseUpdate> Prefetch(IChatClient wrapped, [EnumeratorCancellation] CancellationToken token)
        {
            var updates = Channel.CreateUnbounded<ChatResponseUpdate>();
            _ = Task.Run(
                async () =>
                {
                    await foreach (var update in wrapped.GetStreamingResponseAsync(Observing.Hello, cancellationToken: token))
                    {
                        await updates.Writer.WriteAsync(update, token);
                        await left.Task.WaitAsync(token);
                    }

                    pumped.SetResult();
                },
                token);
            while (await updates.Reader.WaitToReadAsync(token))
            {
                yield return await updates.Reader.ReadAsync(token);
            }
        }
    }

    [Fact]
    public async Task A_stream_of_json_that_is_ended_from_outside_can_be_read_on()
    {
        var sink = new RecordingSink();
        var observer = LlmObserver.Create([sink]);
        var inner = new ScriptedChatClient { Stream = (_, _, token) => ScriptedChatClient.Updates(token, [.. Enumerable.Repeat("[1,2,3,4,5]", 500)]) };
        using var client = inner.WithLlmObservability(observer);
        var text = 0;
        await foreach (var update in client.GetStreamingResponseAsync(Observing.Hello, new ChatOptions { ResponseFormat = ChatResponseFormat.Json }, Token))
        {
            text += update.Text.Length;
            if (text == 110)
            {
                // The application stops: every call still is a record.
                await observer.DisposeAsync();
            }
        }

        text.ShouldBe(500 * 11);
        var call = sink.Calls.ShouldHaveSingleItem();
        (call.Outcome, call.SchemaValidated).ShouldBe((LlmOutcome.Abandoned, null));
        observer.GetStatistics().RecorderErrors.ShouldBe(0);
    }

    [Fact]
    public async Task Nobody_can_say_of_a_call_that_has_ended_that_it_was_cached()
    {
        await using var observing = new Observing();
        var late = new TaskCompletionSource<bool>();
        var ended = new TaskCompletionSource();
        observing.Inner.Respond = (_, _, _) =>
        {
            _ = Task.Run(
                async () =>
                {
                    await ended.Task;
                    late.SetResult(LlmCurrentCall.MarkCached());
                },
                CancellationToken.None);
            return Task.FromResult(ScriptedChatClient.Response());
        };
        await observing.Client.GetResponseAsync(Observing.Hello, cancellationToken: Token);
        ended.SetResult();
        (await late.Task).ShouldBeFalse();
        (await observing.OnlyCallAsync()).Cached.ShouldBeFalse();
    }

    /// <summary>A client between two wrappers, whose streams the test makes.</summary>
    private sealed class Middle(IChatClient inner, Func<IChatClient, CancellationToken, IAsyncEnumerable<ChatResponseUpdate>> stream)
        : DelegatingChatClient(inner)
    {
        public override IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
            IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default) =>
            stream(InnerClient, cancellationToken);
    }
}
