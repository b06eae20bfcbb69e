using System.Diagnostics;
using LlmObservability.Sinks;
using LlmObservability.Testing;
using LlmObservability.Tests.Chat;
using LlmObservability.Tests.Tools;
using Microsoft.Extensions.AI;

namespace LlmObservability.Tests.Telemetry;

/// <summary>What is current while an attempt is under way: inbound request, call, attempt, tool.</summary>
public class AttemptFlowTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_tool_that_runs_inside_an_attempt_is_its_child(bool streamed)
    {
        await using var observing = new Observing();
        using var listening = new Listening(observing);
        var tool = new ScriptedFunction("look", (_, _) => new("seen")).WithLlmObservability(observing.Observer);
        observing.Inner.Respond = async (_, _, token) =>
        {
            await Task.Yield();
            await tool.InvokeAsync(null, token);
            return ScriptedChatClient.Response();
        };
        observing.Inner.Stream = (messages, options, token) => Stream(async () => await observing.Inner.Respond(messages, options, token));
        await AttemptScripts.AskAsync(AttemptScripts.Retrying(observing), streamed);

        var (call, attempts) = await AttemptScripts.OnlyEnvelopeAsync(observing);
        var row = (await observing.OnlyRowAsync()).Row;
        var span = listening.Spans.Single(span => span.OperationName == "execute_tool look");
        AttemptScripts.Hex(span.Parent!).ShouldBe(attempts.ShouldHaveSingleItem().SpanId);
        (row.TraceId, row.SpanId, row.ParentSpanId).ShouldBe((call.TraceId, AttemptScripts.Hex(span), attempts[0].SpanId));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task An_attempts_span_is_current_in_each_step_of_its_stream_and_nowhere_further_out(bool abandoned)
    {
        await using var observing = new Observing();
        using var listening = new Listening(observing);
        using var around = new Activity("around").Start();
        var (inside, between) = (new List<Activity?>(), new List<Activity?>());
        observing.Inner.Stream = (_, _, _) => Steps();
        var client = new Watching(observing.Client, between).WithLlmObservability(observing.Observer);
        await foreach (var _ in client.GetStreamingResponseAsync(Observing.Hello, cancellationToken: Token))
        {
            Activity.Current.ShouldBeSameAs(around);
            if (abandoned)
            {
                break;
            }
        }

        Activity.Current.ShouldBeSameAs(around);
        listening.Spans.Select(span => span.DisplayName).ShouldBe(["attempt gpt-4o-mini", "chat gpt-4o-mini"]);
        var (attempt, call) = (listening.Spans.First(), listening.Spans.Last());
        (attempt.Parent, call.Parent).ShouldBe((call, around));
        inside.Count.ShouldBe(abandoned ? 1 : 3);
        inside.ShouldAllBe(current => ReferenceEquals(current, attempt));
        between.ShouldNotBeEmpty();
        between.ShouldAllBe(current => ReferenceEquals(current, call));
        attempt.GetTagItem("llm_observability.outcome").ShouldBe(abandoned ? "abandoned" : null);
        var (_, attempts) = await AttemptScripts.OnlyEnvelopeAsync(observing);
        (attempts.ShouldHaveSingleItem().SpanId, attempts[0].Duration).ShouldBe((AttemptScripts.Hex(attempt), attempt.Duration));

        async IAsyncEnumerable<ChatResponseUpdate> Steps()
        {
            for (var i = 0; i < 3; i++)
            {
                inside.Add(Activity.Current);
                if (i == 1)
                {
                    await Task.Yield();
                }

                yield return new ChatResponseUpdate(ChatRole.Assistant, "token");
            }
        }
    }

    [Fact]
    public async Task Attempts_at_once_are_side_by_side_each_current_in_its_own_client()
    {
        await using var observing = new Observing();
        using var listening = new Listening(observing);
        var (inside, both) = (new Activity?[2], new TaskCompletionSource());
        var entered = 0;
        observing.Inner.Respond = async (_, _, token) =>
        {
            var place = Interlocked.Increment(ref entered);
            if (place == 2)
            {
                both.SetResult();
            }

            await both.Task.WaitAsync(token);
            inside[place - 1] = Activity.Current;
            return ScriptedChatClient.Response();
        };
        await new Hedging(observing.Client).WithLlmObservability(observing.Observer).GetResponseAsync(Observing.Hello, cancellationToken: Token);

        var (call, attempts) = await AttemptScripts.OnlyEnvelopeAsync(observing);
        attempts.Select(attempt => attempt.ParentSpanId).ShouldBe([call.SpanId, call.SpanId]);
        attempts.Select(attempt => attempt.SpanId).Order().ShouldBe(inside.Select(span => AttemptScripts.Hex(span!)).Order());
        listening.Spans.Count(span => span.GetTagItem("llm_observability.attempt.ordinal") is not null).ShouldBe(2);
    }

    private static async IAsyncEnumerable<ChatResponseUpdate> Stream(Func<Task<ChatResponse>> ask)
    {
        foreach (var update in (await ask()).ToChatResponseUpdates())
        {
            yield return update;
        }
    }

    private sealed class Hedging(IChatClient inner) : DelegatingChatClient(inner)
    {
        public override async Task<ChatResponse> GetResponseAsync(
            IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
        {
            var answers = await Task.WhenAll(
                base.GetResponseAsync(messages, options, cancellationToken), base.GetResponseAsync(messages, options, cancellationToken));
            return answers[0];
        }
    }

    /// <summary>Looks at what is current between two wrappers.</summary>
    private sealed class Watching(IChatClient inner, List<Activity?> seen) : DelegatingChatClient(inner)
    {
        public override async IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
            IEnumerable<ChatMessage> messages, ChatOptions? options = null,
            [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken = default)
        {
            await foreach (var update in base.GetStreamingResponseAsync(messages, options, cancellationToken))
            {
                seen.Add(Activity.Current);
                yield return update;
            }
        }
    }
}
