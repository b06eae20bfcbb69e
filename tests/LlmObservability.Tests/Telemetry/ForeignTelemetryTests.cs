using System.Diagnostics;
using LlmObservability.Testing;
using LlmObservability.Tests.Chat;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.Logging;

namespace LlmObservability.Tests.Telemetry;

/// <summary>Other instrumentations of the same call, with sources of the names that they have.</summary>
public class ForeignTelemetryTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("Experimental.Microsoft.Extensions.AI", "chat gpt-4o-mini", true)]
    [InlineData("Experimental.Microsoft.Extensions.AI", "chat", true)]
    [InlineData("OpenAI.ChatClient", "chat gpt-4o-mini", true)]
    [InlineData("OpenAI.ResponsesClient", "chat gpt-4o-mini", true)]
    [InlineData("Experimental.Microsoft.Extensions.AI", "orchestrate_tools", false)]
    [InlineData("Experimental.Microsoft.Extensions.AI", "chatter", false)]
    [InlineData("Somebody.Else", "chat gpt-4o-mini", false)]
    public async Task Inside_another_instrumentations_chat_span_the_span_is_enriched_and_no_second_one_made(string name, string span, bool foreign)
    {
        await using var observing = new Observing();
        using var listening = new Listening(observing);
        using var source = new ActivitySource(name);
        using var listener = ListenTo(source);
        using var around = source.StartActivity(span).ShouldNotBeNull();
        observing.Inner.Respond = (_, _, _) => Task.FromResult(CacheWriting());
        await observing.Client.GetResponseAsync(Observing.Hello, cancellationToken: Token);

        Activity.Current.ShouldBeSameAs(around);
        var call = await observing.OnlyCallAsync();
        listening.Spans.Count.ShouldBe(foreign ? 0 : 1);
        listening.Recorded("gen_ai.client.operation.duration").Count.ShouldBe(foreign ? 0 : 1);
        listening.Recorded("gen_ai.client.token.usage").Count.ShouldBe(foreign ? 0 : 2);
        listening.Sum("llm_observability.requests").ShouldBe(1);
        if (foreign)
        {
            // Its span is another's, which may hold several calls: it is the one around this one.
            (call.TraceId, call.SpanId, call.ParentSpanId).ShouldBe((around.TraceId.ToHexString(), null, around.SpanId.ToHexString()));
            // Only what the other never sets: what it adds at its end would stand there twice.
            SpanTests.Attributes(around).Select(tag => tag.Key).ShouldBe(
                ["gen_ai.usage.cache_creation.input_tokens", "gen_ai.usage.cost", "llm_observability.call.id"]);
            around.GetTagItem("gen_ai.usage.cost").ShouldBe((double)call.Cost!.Value.TotalUsd);
        }
        else
        {
            (call.SpanId, call.ParentSpanId).ShouldBe((listening.OnlySpan().SpanId.ToHexString(), around.SpanId.ToHexString()));
            around.TagObjects.ShouldBeEmpty();
        }
    }

    [Fact]
    public async Task A_source_of_any_name_is_known_by_what_its_span_says()
    {
        await using var observing = new Observing();
        using var listening = new Listening(observing);
        using var source = new ActivitySource("Somebody.Else");
        using var listener = ListenTo(source);
        using var around = source.StartActivity("chat gpt-4o-mini").ShouldNotBeNull();
        around.SetTag("gen_ai.operation.name", "chat");
        await observing.Client.GetResponseAsync(Observing.Hello, cancellationToken: Token);

        listening.Spans.ShouldBeEmpty();
        around.GetTagItem("gen_ai.usage.cost").ShouldNotBeNull();
    }

    [Fact]
    public async Task A_function_invoking_clients_span_in_between_is_looked_through()
    {
        await using var observing = new Observing();
        using var listening = new Listening(observing);
        using var source = new ActivitySource("Experimental.Microsoft.Extensions.AI");
        using var listener = ListenTo(source);
        using var around = source.StartActivity("chat gpt-4o-mini").ShouldNotBeNull();
        using (observing.Client.GetService<ActivitySource>()!.StartActivity("orchestrate_tools").ShouldNotBeNull())
        {
            await observing.Client.GetResponseAsync(Observing.Hello, cancellationToken: Token);
        }

        listening.OnlySpan().OperationName.ShouldBe("orchestrate_tools");
        around.GetTagItem("gen_ai.usage.cost").ShouldNotBeNull();
        var call = await observing.OnlyCallAsync();
        (call.SpanId, call.ParentSpanId).ShouldBe((null, around.SpanId.ToHexString()));
    }

    [Fact]
    public async Task Once_seen_the_other_records_the_metrics_of_the_calls_too_whose_span_it_leaves_out()
    {
        await using var observing = new Observing();
        using var listening = new Listening(observing);
        using var source = new ActivitySource("Experimental.Microsoft.Extensions.AI");
        using var listener = ListenTo(source);
        using (source.StartActivity("chat gpt-4o-mini").ShouldNotBeNull())
        {
            await observing.Client.GetResponseAsync(Observing.Hello, cancellationToken: Token);
        }

        await observing.Client.GetResponseAsync(Observing.Hello, cancellationToken: Token);
        listening.Recorded("gen_ai.client.operation.duration").ShouldBeEmpty();
        listening.Sum("llm_observability.requests").ShouldBe(2);
    }

    [Fact]
    public async Task Wrappers_of_two_observers_around_one_client_give_one_span_and_a_record_each()
    {
        await using var inner = new Observing();
        await using var outer = new Observing();
        using var insideListening = new Listening(inner);
        using var listening = new Listening(outer);
        using var client = new PassingClient(inner.Client).WithLlmObservability(outer.Observer);
        await client.GetResponseAsync(Observing.Hello, cancellationToken: Token);

        listening.Spans.Count.ShouldBe(1);
        listening.Recorded("gen_ai.client.operation.duration").Count.ShouldBe(1);
        insideListening.Spans.ShouldBeEmpty();
        insideListening.Recorded("gen_ai.client.operation.duration").ShouldBeEmpty();
        (await inner.CallsAsync()).Count.ShouldBe(1);
        (await outer.CallsAsync()).Count.ShouldBe(1);
    }

    [Fact]
    public async Task A_key_that_the_other_has_set_stays_and_stands_once()
    {
        await using var observing = new Observing();
        using var source = new ActivitySource("Experimental.Microsoft.Extensions.AI");
        using var listener = ListenTo(source);
        using var around = source.StartActivity("chat gpt-4o-mini").ShouldNotBeNull();
        around.SetTag("gen_ai.usage.cost", 0.25).SetTag("gen_ai.usage.cache_creation.input_tokens", 3L);
        observing.Inner.Respond = (_, _, _) => Task.FromResult(CacheWriting());
        await observing.Client.GetResponseAsync(Observing.Hello, cancellationToken: Token);

        SpanTests.Attributes(around).ShouldContain(new KeyValuePair<string, object?>("gen_ai.usage.cost", 0.25));
        SpanTests.Attributes(around).ShouldContain(new KeyValuePair<string, object?>("gen_ai.usage.cache_creation.input_tokens", 3L));
    }

    [Fact]
    public async Task Several_calls_inside_one_foreign_span_add_up_to_its_cost()
    {
        await using var observing = new Observing();
        using var source = new ActivitySource("Experimental.Microsoft.Extensions.AI");
        using var listener = ListenTo(source);
        using var around = source.StartActivity("chat gpt-4o-mini").ShouldNotBeNull();
        await observing.Client.GetResponseAsync(Observing.Hello, cancellationToken: Token);
        await observing.Client.GetResponseAsync(Observing.Hello, cancellationToken: Token);

        var calls = await observing.CallsAsync();
        ((double)around.GetTagItem("gen_ai.usage.cost")!).ShouldBe((double)calls.Sum(call => call.Cost!.Value.TotalUsd), 1e-12);
        SpanTests.Attributes(around).Count().ShouldBe(2);
    }

    [Fact]
    public async Task Inside_a_foreign_span_the_newer_conventions_counters_stay_silent_too()
    {
        await using var observing = new Observing(options => options.Telemetry.LatestConventions = true);
        using var listening = new Listening(observing);
        using var source = new ActivitySource("Experimental.Microsoft.Extensions.AI");
        using var listener = ListenTo(source);
        using var around = source.StartActivity("chat gpt-4o-mini").ShouldNotBeNull();
        await observing.Client.GetResponseAsync(Observing.Hello, cancellationToken: Token);

        listening.Read("gen_ai.client.inference.usage.input_tokens").ShouldBeEmpty();
        listening.Sum("llm_observability.tokens").ShouldBe(1100);
    }

    [Fact]
    public async Task A_failed_attempt_inside_a_foreign_span_does_not_speak_for_the_one_that_succeeds()
    {
        await using var observing = new Observing();
        using var source = new ActivitySource("Experimental.Microsoft.Extensions.AI");
        using var listener = ListenTo(source);
        using var around = source.StartActivity("chat gpt-4o-mini").ShouldNotBeNull();
        observing.Inner.Respond = (_, _, _) => throw new TimeoutException();
        await Should.ThrowAsync<TimeoutException>(() => observing.Client.GetResponseAsync(Observing.Hello, cancellationToken: Token));
        observing.Inner.Respond = (_, _, _) => Task.FromResult(CacheWriting());
        await observing.Client.GetResponseAsync(Observing.Hello, cancellationToken: Token);

        around.GetTagItem("gen_ai.usage.cost").ShouldNotBeNull();
        around.GetTagItem("gen_ai.usage.cache_creation.input_tokens").ShouldBe(200L);
        around.GetTagItem("llm_observability.outcome").ShouldBeNull();
        around.GetTagItem("llm_observability.cost.reason").ShouldBeNull();
    }

    [Fact]
    public async Task Around_another_instrumentation_there_is_no_span_and_no_conventions_metric_and_one_warning()
    {
        using var log = new RecordedLog();
        await using var observer = LlmObserver.Create([new RecordingSink()], loggerFactory: log);
        using var source = new ActivitySource("Experimental.Microsoft.Extensions.AI");
        await using var observing = new Observing();
        var inner = new InstrumentedClient(observing.Inner, source);
        var client = inner.WithLlmObservability(observing.Observer);
        using var listening = new Listening(observing);
        await client.GetResponseAsync(Observing.Hello, cancellationToken: Token);
        await client.GetStreamingResponseAsync(Observing.Hello, cancellationToken: Token).ToChatResponseAsync(Token);

        listening.Spans.ShouldBeEmpty();
        listening.Recorded("gen_ai.client.operation.duration").ShouldBeEmpty();
        listening.Recorded("gen_ai.client.token.usage").ShouldBeEmpty();
        listening.Sum("llm_observability.requests").ShouldBe(2);
        listening.Sum("llm_observability.cost").ShouldBeGreaterThan(0);
        (await observing.CallsAsync()).Count.ShouldBe(2);

        _ = new InstrumentedClient(observing.Inner, source).WithLlmObservability(observer);
        _ = new InstrumentedClient(observing.Inner, source).WithLlmObservability(observer);
        var (level, name, message) = log.Entries.ShouldHaveSingleItem();
        (level, name).ShouldBe((LogLevel.Warning, "TelemetryInside"));
        message.ShouldContain("Experimental.Microsoft.Extensions.AI");
    }

    [Fact]
    public async Task The_wrapper_answers_for_an_activity_source_and_is_transparent_else()
    {
        await using var observing = new Observing();
        observing.Client.GetService<ActivitySource>().ShouldNotBeNull().Name.ShouldBe(LlmTelemetry.ActivitySourceName);
        observing.Client.GetService<ChatClientMetadata>().ShouldBeSameAs(observing.Inner.Metadata);
        observing.Client.GetService<string>().ShouldBeNull();
        observing.Client.GetService(typeof(ActivitySource), "key").ShouldBeNull();

        using var source = new ActivitySource("Experimental.Microsoft.Extensions.AI");
        new InstrumentedClient(observing.Inner, source).WithLlmObservability(observing.Observer).GetService<ActivitySource>().ShouldBeSameAs(source);
    }

    private static ChatResponse CacheWriting()
    {
        var response = ScriptedChatClient.Response();
        response.Usage!.AdditionalCounts = new() { ["CacheCreationInputTokens"] = 200 };
        return response;
    }

    private static ActivityListener ListenTo(ActivitySource source)
    {
        var listener = new ActivityListener
        {
            ShouldListenTo = other => ReferenceEquals(other, source),
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
        };
        ActivitySource.AddActivityListener(listener);
        return listener;
    }

    private sealed class PassingClient(IChatClient inner) : DelegatingChatClient(inner);

    private sealed class InstrumentedClient(IChatClient inner, ActivitySource source) : DelegatingChatClient(inner)
    {
        public override object? GetService(Type serviceType, object? serviceKey = null) =>
            serviceKey is null && serviceType == typeof(ActivitySource) ? source : base.GetService(serviceType, serviceKey);
    }
}
