using System.Diagnostics;
using LlmObservability.Sinks;
using LlmObservability.Testing;
using LlmObservability.Tests.Chat;
using LlmObservability.Tests.Tools;
using Microsoft.Extensions.AI;

namespace LlmObservability.Tests.Telemetry;

/// <summary>However an attempt ends, its span does, and its record says which it was.</summary>
public class AttemptEndTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_cancelled_attempt_is_no_error()
    {
        await using var observing = new Observing();
        using var listening = new Listening(observing);
        using var source = CancellationTokenSource.CreateLinkedTokenSource(Token);
        observing.Inner.Respond = async (_, _, token) =>
        {
            await source.CancelAsync();
            token.ThrowIfCancellationRequested();
            return ScriptedChatClient.Response();
        };
        await Should.ThrowAsync<OperationCanceledException>(() => AttemptScripts.Retrying(observing).GetResponseAsync(Observing.Hello, cancellationToken: source.Token));

        var span = listening.Spans.First();
        span.DisplayName.ShouldBe("attempt gpt-4o-mini");
        (span.Status, span.GetTagItem("llm_observability.outcome"), span.GetTagItem("error.type")).ShouldBe((ActivityStatusCode.Unset, "cancelled", null));
    }

    [Fact]
    public async Task An_attempt_that_outlives_its_call_is_a_record_inside_its_span()
    {
        await using var observing = new Observing();
        using var listening = new Listening(observing);
        var answer = new TaskCompletionSource<ChatResponse>();
        observing.Inner.Respond = (_, _, _) => answer.Task;
        Task<ChatResponse>? late = null;
        var leaving = new Answering(() => late = observing.Client.GetResponseAsync(Observing.Hello, cancellationToken: Token));
        await leaving.WithLlmObservability(observing.Observer).GetResponseAsync(Observing.Hello, cancellationToken: Token);
        answer.SetResult(ScriptedChatClient.Response());
        await late!;

        var calls = await observing.CallsAsync();
        calls.Count.ShouldBe(2);
        var alone = calls.Single(call => call.Tokens.Input == 1000);
        var (outer, span) = (listening.Spans.First(), listening.Spans.Last());
        // The span is an attempt's, and stays one: the record of a call must not pass for it.
        (alone.TraceId, alone.SpanId, alone.ParentSpanId).ShouldBe((outer.TraceId.ToHexString(), null, AttemptScripts.Hex(span)));
        span.Parent.ShouldBeSameAs(outer);
        span.GetTagItem("llm_observability.call.id").ShouldBe(alone.Id);
        span.GetTagItem("llm_observability.attempt.ordinal").ShouldBeNull();
    }

    [Fact]
    public async Task An_attempt_in_another_trace_than_its_call_is_a_record_without_ids()
    {
        await using var observing = new Observing();
        using var listening = new Listening(observing);
        await new Detaching(observing.Client).WithLlmObservability(observing.Observer).GetResponseAsync(Observing.Hello, cancellationToken: Token);

        var (attempt, outer) = (listening.Spans.First(), listening.Spans.Last());
        attempt.TraceId.ShouldNotBe(outer.TraceId);
        var (call, attempts) = await AttemptScripts.OnlyEnvelopeAsync(observing);
        (call.TraceId, call.SpanId).ShouldBe((outer.TraceId.ToHexString(), AttemptScripts.Hex(outer)));
        // By the record its trace would be the call's, in which there is no such span.
        (attempts.ShouldHaveSingleItem().SpanId, attempts[0].ParentSpanId).ShouldBe((null, null));
        attempt.GetTagItem("llm_observability.call.id").ShouldBe(call.Id);
    }

    [Fact]
    public async Task A_listener_that_throws_harms_no_attempt()
    {
        await using var observing = new Observing();
        using var listener = new ThrowingListener(observing);
        await AttemptScripts.AskAsync(AttemptScripts.Retrying(observing), streamed: false);
        await AttemptScripts.AskAsync(AttemptScripts.Retrying(observing), streamed: true);

        Activity.Current.ShouldBeNull();
        listener.Started.Count.ShouldBe(4);
        listener.Started.ShouldAllBe(span => span.IsStopped);
        await observing.Observer.FlushAsync(Token);
        AttemptScripts.Envelopes(observing).Select(envelope => envelope.Attempts.Count).ShouldBe([1, 1]);
        observing.Observer.GetStatistics().CallsLost.ShouldBe(0);
    }

    [Fact]
    public async Task An_answer_that_cannot_be_read_leaves_no_attempts_span_open()
    {
        await using var observing = new Observing();
        using var listening = new Listening(observing);
        observing.Inner.Respond = (_, _, _) => Task.FromResult(new ChatResponse([null!]));
        await AttemptScripts.Retrying(observing).GetResponseAsync(Observing.Hello, cancellationToken: Token);

        listening.Spans.Select(span => span.DisplayName).ShouldBe(["attempt gpt-4o-mini", "chat gpt-4o-mini"]);
        listening.Spans.ShouldAllBe(span => span.IsStopped);
    }

    /// <summary>Begins a trace of its own.</summary>
    private sealed class Detaching(IChatClient inner) : DelegatingChatClient(inner)
    {
        public override Task<ChatResponse> GetResponseAsync(
            IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
        {
            Activity.Current = null;
            return base.GetResponseAsync(messages, options, cancellationToken);
        }
    }

    /// <summary>Answers by itself, after it has asked and not waited.</summary>
    private sealed class Answering(Action ask) : DelegatingChatClient(new ScriptedChatClient { Metadata = null })
    {
        public override Task<ChatResponse> GetResponseAsync(
            IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
        {
            ask();
            return Task.FromResult(ScriptedChatClient.Response(input: 1, output: 1));
        }
    }
}
