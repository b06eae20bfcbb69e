using System.Diagnostics;
using LlmObservability.Sinks;
using LlmObservability.Testing;
using LlmObservability.Tests.Chat;
using LlmObservability.Tests.Tools;
using Microsoft.Extensions.AI;

namespace LlmObservability.Tests.Telemetry;

/// <summary>Which attempts have spans, and what these say.</summary>
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
        await AttemptScripts.Retrying(observing).GetResponseAsync(Observing.Hello, cancellationToken: Token);

        Activity.Current.ShouldBeSameAs(around);
        var (call, attempts) = await AttemptScripts.OnlyEnvelopeAsync(observing);
        var spans = listening.Spans.ToArray();
        spans.Select(span => span.DisplayName).ShouldBe(["attempt gpt-4o-mini", "attempt gpt-4o-mini", "chat gpt-4o-mini"]);
        spans.ShouldAllBe(span => span.TraceId == around.TraceId);
        spans[2].Parent.ShouldBeSameAs(around);
        (call.SpanId, call.ParentSpanId).ShouldBe((AttemptScripts.Hex(spans[2]), AttemptScripts.Hex(around)));
        foreach (var (span, attempt) in spans.Zip(attempts))
        {
            span.Kind.ShouldBe(ActivityKind.Internal);
            span.Parent.ShouldBeSameAs(spans[2]);
            (attempt.SpanId, attempt.ParentSpanId).ShouldBe((AttemptScripts.Hex(span), call.SpanId));
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

    [Fact]
    public async Task A_wrapper_in_between_that_nobody_knew_of_keeps_its_span_and_is_no_attempt()
    {
        await using var observing = new Observing();
        using var listening = new Listening(observing);
        var between = new Opaque(observing.Client).WithLlmObservability(observing.Observer);
        var asked = 0;
        observing.Inner.Respond = (_, _, _) => ++asked == 1 ? throw new TimeoutException() : Task.FromResult(ScriptedChatClient.Response());
        await new RetryClient(between).WithLlmObservability(observing.Observer).GetResponseAsync(Observing.Hello, cancellationToken: Token);

        var (call, attempts) = await AttemptScripts.OnlyEnvelopeAsync(observing);
        var spans = listening.Spans.ToArray();
        spans.Length.ShouldBe(5);
        spans.Select(span => span.GetTagItem("llm_observability.attempt.ordinal")).ShouldBe([1, null, 2, null, null]);
        spans.Select(span => span.Parent).ShouldBe([spans[1], spans[4], spans[3], spans[4], null]);
        spans.ShouldAllBe(span => Equals(span.GetTagItem("llm_observability.call.id"), call.Id));
        spans[1].GetTagItem("error.type").ShouldBe("System.TimeoutException");
        attempts.Select(attempt => (attempt.Ordinal, attempt.SpanId, attempt.ParentSpanId)).ShouldBe(
            [(1, AttemptScripts.Hex(spans[0]), AttemptScripts.Hex(spans[1])), (2, AttemptScripts.Hex(spans[2]), AttemptScripts.Hex(spans[3]))]);
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
        var (_, attempts) = await AttemptScripts.OnlyEnvelopeAsync(observing);
        attempts.ShouldHaveSingleItem().SpanId.ShouldBe(another ? null : AttemptScripts.Hex(listening.Spans.First()));
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
        await AttemptScripts.Retrying(observing).GetResponseAsync(Observing.Hello, cancellationToken: Token);

        listening.OnlySpan().Parent.ShouldBeSameAs(around);
        var (call, attempts) = await AttemptScripts.OnlyEnvelopeAsync(observing);
        (call.SpanId, call.ParentSpanId, attempts.ShouldHaveSingleItem().ParentSpanId).ShouldBe((null, AttemptScripts.Hex(around), AttemptScripts.Hex(around)));
    }

    [Theory]
    [InlineData(ActivitySamplingResult.PropagationData)]
    [InlineData(ActivitySamplingResult.None)]
    public async Task Samplers_decide_on_attempts_too_and_records_stay(ActivitySamplingResult sampling)
    {
        await using var observing = new Observing();
        using var listening = new Listening(observing, sampling);
        await AttemptScripts.Retrying(observing).GetResponseAsync(Observing.Hello, cancellationToken: Token);

        var (name, tags) = listening.Sampled.Last();
        name.ShouldBe("attempt gpt-4o-mini");
        tags.Keys.Order().ShouldBe(["llm_observability.attempt.provider", "llm_observability.attempt.request_model", "server.address"]);
        listening.Spans.ShouldAllBe(span => span.GetTagItem("llm_observability.call.id") == null);
        var (_, attempts) = await AttemptScripts.OnlyEnvelopeAsync(observing);
        // A span that is made and not recorded passes its id on: requests and logs have it.
        (attempts.ShouldHaveSingleItem().SpanId is null).ShouldBe(sampling == ActivitySamplingResult.None);
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
}
