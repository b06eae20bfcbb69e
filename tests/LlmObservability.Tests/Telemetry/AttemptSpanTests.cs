using System.Diagnostics;
using LlmObservability.Sinks;
using LlmObservability.Testing;
using LlmObservability.Tests.Chat;
using LlmObservability.Tests.Tools;
using Microsoft.Extensions.AI;

namespace LlmObservability.Tests.Telemetry;

/// <summary>Attempts in traces: inbound request, call, attempt, tool.</summary>
public class AttemptSpanTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Each_attempt_of_a_retry_client_is_a_span_in_the_calls_with_the_records_times_and_nothing_that_counts()
    {
        var time = new ManualTimeProvider();
        await using var observing = new Observing(time: time);
        using var listening = new Listening(observing);
        using var around = new Activity("request").SetIdFormat(ActivityIdFormat.W3C).Start();
        var asked = 0;
        observing.Inner.Respond = (_, _, _) =>
        {
            time.Advance(TimeSpan.FromSeconds(++asked));
            return asked == 1
                ? throw new HttpRequestException("a secret prompt", null, System.Net.HttpStatusCode.TooManyRequests)
                : Task.FromResult(ScriptedChatClient.Response());
        };
        await Retrying(observing).GetResponseAsync(Observing.Hello, cancellationToken: Token);

        Activity.Current.ShouldBeSameAs(around);
        var (call, attempts) = await OnlyEnvelopeAsync(observing);
        var spans = listening.Spans.ToArray();
        spans.Select(span => span.DisplayName).ShouldBe(["attempt gpt-4o-mini", "attempt gpt-4o-mini", "chat gpt-4o-mini"]);
        spans.ShouldAllBe(span => span.TraceId == around.TraceId);
        spans[2].Parent.ShouldBeSameAs(around);
        (call.SpanId, call.ParentSpanId).ShouldBe((Hex(spans[2]), Hex(around)));
        foreach (var (span, attempt) in spans.Zip(attempts))
        {
            span.Kind.ShouldBe(ActivityKind.Internal);
            span.Parent.ShouldBeSameAs(spans[2]);
            (attempt.SpanId, attempt.ParentSpanId).ShouldBe((Hex(span), call.SpanId));
            (span.StartTimeUtc, span.Duration).ShouldBe((attempt.StartedAt.UtcDateTime, attempt.Duration));
            (span.StatusDescription, span.Events.Count()).ShouldBe((null, 0));
        }

        attempts.Select(attempt => attempt.Duration.TotalSeconds).ShouldBe([1, 2]);
        spans[0].Status.ShouldBe(ActivityStatusCode.Error);
        SpanTests.Attributes(spans[0]).ShouldBe(new Dictionary<string, object?>
        {
            ["error.type"] = "System.Net.Http.HttpRequestException",
            ["http.response.status_code"] = 429,
            ["llm_observability.attempt.ordinal"] = 1,
            ["llm_observability.attempt.provider"] = "openai",
            ["llm_observability.attempt.request_model"] = "gpt-4o-mini",
            ["llm_observability.call.id"] = call.Id,
            ["llm_observability.outcome"] = "failed",
            ["server.address"] = "api.openai.com",
        });
        spans[1].Status.ShouldBe(ActivityStatusCode.Unset);
        SpanTests.Attributes(spans[1]).ShouldBe(new Dictionary<string, object?>
        {
            ["llm_observability.attempt.ordinal"] = 2,
            ["llm_observability.attempt.provider"] = "openai",
            ["llm_observability.attempt.request_model"] = "gpt-4o-mini",
            ["llm_observability.attempt.response_model"] = "gpt-4o-mini-2024-07-18",
            ["llm_observability.call.id"] = call.Id,
            ["server.address"] = "api.openai.com",
        });
    }

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
        await AskAsync(Retrying(observing), streamed);

        var (call, attempts) = await OnlyEnvelopeAsync(observing);
        var row = (await observing.OnlyRowAsync()).Row;
        var span = listening.Spans.Single(span => span.OperationName == "execute_tool look");
        Hex(span.Parent!).ShouldBe(attempts.ShouldHaveSingleItem().SpanId);
        (row.TraceId, row.SpanId, row.ParentSpanId).ShouldBe((call.TraceId, Hex(span), attempts[0].SpanId));
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
        var (_, attempts) = await OnlyEnvelopeAsync(observing);
        (attempts.ShouldHaveSingleItem().SpanId, attempts[0].Duration).ShouldBe((Hex(attempt), attempt.Duration));

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

        var (call, attempts) = await OnlyEnvelopeAsync(observing);
        attempts.Select(attempt => attempt.ParentSpanId).ShouldBe([call.SpanId, call.SpanId]);
        attempts.Select(attempt => attempt.SpanId).Order().ShouldBe(inside.Select(span => Hex(span!)).Order());
        listening.Spans.Count(span => span.GetTagItem("llm_observability.attempt.ordinal") is not null).ShouldBe(2);
    }

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
        await Should.ThrowAsync<OperationCanceledException>(() => Retrying(observing).GetResponseAsync(Observing.Hello, cancellationToken: source.Token));

        var span = listening.Spans.First();
        span.DisplayName.ShouldBe("attempt gpt-4o-mini");
        (span.Status, span.GetTagItem("llm_observability.outcome"), span.GetTagItem("error.type")).ShouldBe((ActivityStatusCode.Unset, "cancelled", null));
    }

    [Fact]
    public async Task A_wrapper_in_between_that_nobody_knew_of_keeps_its_span_and_is_no_attempt()
    {
        await using var observing = new Observing();
        using var listening = new Listening(observing);
        var between = new Opaque(observing.Client).WithLlmObservability(observing.Observer);
        var asked = 0;
        observing.Inner.Respond = (_, _, _) => ++asked == 1 ? throw new TimeoutException() : Task.FromResult(ScriptedChatClient.Response());
        await new Retry(between).WithLlmObservability(observing.Observer).GetResponseAsync(Observing.Hello, cancellationToken: Token);

        var (call, attempts) = await OnlyEnvelopeAsync(observing);
        var spans = listening.Spans.ToArray();
        spans.Length.ShouldBe(5);
        spans.Select(span => span.GetTagItem("llm_observability.attempt.ordinal")).ShouldBe([1, null, 2, null, null]);
        spans.Select(span => span.Parent).ShouldBe([spans[1], spans[4], spans[3], spans[4], null]);
        spans.ShouldAllBe(span => Equals(span.GetTagItem("llm_observability.call.id"), call.Id));
        spans[1].GetTagItem("error.type").ShouldBe("System.TimeoutException");
        attempts.Select(attempt => (attempt.Ordinal, attempt.SpanId, attempt.ParentSpanId)).ShouldBe(
            [(1, Hex(spans[0]), Hex(spans[1])), (2, Hex(spans[2]), Hex(spans[3]))]);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Where_the_spans_are_known_to_be_further_in_there_is_none(bool another)
    {
        await using var observing = new Observing();
        using var listening = new Listening(observing);
        using var inner = another ? new Sourced(observing.Inner) : observing.Client;
        await new Opaque(inner.WithLlmObservability(observing.Observer)).WithLlmObservability(observing.Observer)
            .GetResponseAsync(Observing.Hello, cancellationToken: Token);

        listening.Spans.Select(span => span.DisplayName).ShouldBe(another ? ["chat gpt-4o-mini"] : ["attempt gpt-4o-mini", "chat gpt-4o-mini"]);
        var (_, attempts) = await OnlyEnvelopeAsync(observing);
        attempts.ShouldHaveSingleItem().SpanId.ShouldBe(another ? null : Hex(listening.Spans.First()));
    }

    [Fact]
    public async Task In_anothers_span_of_the_call_attempts_are_its_children()
    {
        await using var observing = new Observing();
        using var listening = new Listening(observing);
        using var source = new ActivitySource("Experimental.Microsoft.Extensions.AI");
        using var listener = new ActivityListener
        {
            ShouldListenTo = heard => ReferenceEquals(heard, source),
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
        };
        ActivitySource.AddActivityListener(listener);
        using var around = source.StartActivity("chat gpt-4o-mini").ShouldNotBeNull();
        await Retrying(observing).GetResponseAsync(Observing.Hello, cancellationToken: Token);

        listening.OnlySpan().Parent.ShouldBeSameAs(around);
        var (call, attempts) = await OnlyEnvelopeAsync(observing);
        (call.SpanId, call.ParentSpanId, attempts.ShouldHaveSingleItem().ParentSpanId).ShouldBe((null, Hex(around), Hex(around)));
    }

    [Theory]
    [InlineData(ActivitySamplingResult.PropagationData)]
    [InlineData(ActivitySamplingResult.None)]
    public async Task Samplers_decide_on_attempts_too_and_records_stay(ActivitySamplingResult sampling)
    {
        await using var observing = new Observing();
        using var listening = new Listening(observing, sampling);
        await Retrying(observing).GetResponseAsync(Observing.Hello, cancellationToken: Token);

        var (name, tags) = listening.Sampled.Last();
        name.ShouldBe("attempt gpt-4o-mini");
        tags.Keys.Order().ShouldBe(["llm_observability.attempt.provider", "llm_observability.attempt.request_model", "server.address"]);
        listening.Spans.ShouldAllBe(span => span.GetTagItem("llm_observability.call.id") == null);
        var (_, attempts) = await OnlyEnvelopeAsync(observing);
        // A span that is made and not recorded passes its id on: requests and logs have it.
        (attempts.ShouldHaveSingleItem().SpanId is null).ShouldBe(sampling == ActivitySamplingResult.None);
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
        (alone.TraceId, alone.SpanId, alone.ParentSpanId).ShouldBe((outer.TraceId.ToHexString(), null, Hex(span)));
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
        var (call, attempts) = await OnlyEnvelopeAsync(observing);
        (call.TraceId, call.SpanId).ShouldBe((outer.TraceId.ToHexString(), Hex(outer)));
        // By the record its trace would be the call's, in which there is no such span.
        (attempts.ShouldHaveSingleItem().SpanId, attempts[0].ParentSpanId).ShouldBe((null, null));
        attempt.GetTagItem("llm_observability.call.id").ShouldBe(call.Id);
    }

    [Fact]
    public async Task A_listener_that_throws_harms_no_attempt()
    {
        await using var observing = new Observing();
        var started = new List<Activity>();
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => ReferenceEquals(source, observing.Observer.Telemetry.Source),
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStarted = span =>
            {
                started.Add(span);
                throw new InvalidOperationException("started");
            },
            ActivityStopped = _ => throw new InvalidOperationException("stopped"),
        };
        ActivitySource.AddActivityListener(listener);
        await AskAsync(Retrying(observing), streamed: false);
        await AskAsync(Retrying(observing), streamed: true);

        Activity.Current.ShouldBeNull();
        started.Count.ShouldBe(4);
        started.ShouldAllBe(span => span.IsStopped);
        await observing.Observer.FlushAsync(Token);
        Envelopes(observing).Select(envelope => envelope.Attempts.Count).ShouldBe([1, 1]);
        observing.Observer.GetStatistics().CallsLost.ShouldBe(0);
    }

    [Fact]
    public async Task An_answer_that_cannot_be_read_leaves_no_attempts_span_open()
    {
        await using var observing = new Observing();
        using var listening = new Listening(observing);
        observing.Inner.Respond = (_, _, _) => Task.FromResult(new ChatResponse([null!]));
        await Retrying(observing).GetResponseAsync(Observing.Hello, cancellationToken: Token);

        listening.Spans.Select(span => span.DisplayName).ShouldBe(["attempt gpt-4o-mini", "chat gpt-4o-mini"]);
        listening.Spans.ShouldAllBe(span => span.IsStopped);
    }

    private static string Hex(Activity span) => span.SpanId.ToHexString();

    private static IChatClient Retrying(Observing observing) => new Retry(observing.Client).WithLlmObservability(observing.Observer);

    private static async Task AskAsync(IChatClient client, bool streamed) => _ = streamed
        ? await client.GetStreamingResponseAsync(Observing.Hello, cancellationToken: Token).ToChatResponseAsync(Token)
        : await client.GetResponseAsync(Observing.Hello, cancellationToken: Token);

    private static IReadOnlyList<LlmCallEnvelope> Envelopes(Observing observing) =>
        [.. observing.Sink.Batches.SelectMany(batch => batch.Envelopes).OfType<LlmCallEnvelope>()];

    private static async Task<(LlmCall Call, IReadOnlyList<LlmAttempt> Attempts)> OnlyEnvelopeAsync(Observing observing)
    {
        await observing.Observer.FlushAsync(Token);
        var envelope = Envelopes(observing).ShouldHaveSingleItem();
        return (envelope.Call, envelope.Attempts);
    }

    private static async IAsyncEnumerable<ChatResponseUpdate> Stream(Func<Task<ChatResponse>> ask)
    {
        foreach (var update in (await ask()).ToChatResponseUpdates())
        {
            yield return update;
        }
    }

    /// <summary>Asks again once; nobody sees what is inside.</summary>
    private sealed class Retry(IChatClient inner) : DelegatingChatClient(inner)
    {
        public override async Task<ChatResponse> GetResponseAsync(
            IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
        {
            try
            {
                return await base.GetResponseAsync(messages, options, cancellationToken);
            }
            catch (Exception error) when (error is HttpRequestException or TimeoutException)
            {
                return await base.GetResponseAsync(messages, options, cancellationToken);
            }
        }
    }

    private sealed class Opaque(IChatClient inner) : DelegatingChatClient(inner)
    {
        public override object? GetService(Type serviceType, object? serviceKey = null) =>
            serviceType == typeof(ChatClientMetadata) ? base.GetService(serviceType, serviceKey) : null;
    }

    /// <summary>Has another instrumentation inside.</summary>
    private sealed class Sourced(IChatClient inner) : DelegatingChatClient(inner)
    {
        private readonly ActivitySource _source = new("Experimental.Microsoft.Extensions.AI");

        public override object? GetService(Type serviceType, object? serviceKey = null) =>
            serviceType == typeof(ActivitySource) ? _source : base.GetService(serviceType, serviceKey);

        protected override void Dispose(bool disposing)
        {
            _source.Dispose();
            base.Dispose(disposing);
        }
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
