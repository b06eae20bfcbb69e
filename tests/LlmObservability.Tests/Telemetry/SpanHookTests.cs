using System.Diagnostics;
using LlmObservability.Tests.Chat;
using LlmObservability.Tests.Tools;
using Microsoft.Extensions.AI;

namespace LlmObservability.Tests.Telemetry;

/// <summary>What applications add to spans.</summary>
public class SpanHookTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_calls_span_has_what_the_application_adds_from_its_record_before_it_ends()
    {
        LlmCall? told = null;
        await using var observing = new Observing(options => options.Telemetry.EnrichSpan = (span, call) =>
        {
            span.IsStopped.ShouldBeFalse();
            span.GetTagItem("gen_ai.usage.input_tokens").ShouldBe(1000L);
            span.SetTag("mine", call.ResponseId);
            told = call;
        });
        using var listening = new Listening(observing);
        await observing.Client.GetResponseAsync(Observing.Hello, cancellationToken: Token);

        var span = listening.OnlySpan();
        span.GetTagItem("mine").ShouldBe("resp-1");
        (await observing.OnlyCallAsync()).ShouldBeSameAs(told);
        observing.Observer.GetStatistics().RecorderErrors.ShouldBe(0);
    }

    [Fact]
    public async Task So_has_anothers_span_of_the_call_once_for_each_call_in_it()
    {
        var told = new List<Guid>();
        await using var observing = new Observing(options => options.Telemetry.EnrichSpan = (span, call) =>
        {
            span.OperationName.ShouldBe("chat gpt-4o-mini");
            // The application's code may take locks of its own.
            Monitor.IsEntered(span).ShouldBeFalse();
            told.Add(call.Id);
        });
        using var listening = new Listening(observing);
        using var source = new ActivitySource("Experimental.Microsoft.Extensions.AI");
        using var listener = ListenTo(source);
        using (source.StartActivity("chat gpt-4o-mini").ShouldNotBeNull())
        {
            await observing.Client.GetResponseAsync(Observing.Hello, cancellationToken: Token);
            await observing.Client.GetResponseAsync(Observing.Hello, cancellationToken: Token);
        }

        told.ShouldBe((await observing.CallsAsync()).Select(call => call.Id));
        observing.Observer.GetStatistics().RecorderErrors.ShouldBe(0);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_tools_span_has_what_the_application_adds_anothers_too(bool another)
    {
        await using var observing = new Observing(options => options.Telemetry.EnrichToolSpan = (span, call) => span.SetTag("mine", call.Name));
        using var listening = new Listening(observing);
        using var source = new ActivitySource("test " + Guid.NewGuid());
        using var listener = ListenTo(source);
        var tool = new ScriptedFunction("look", (_, _) => new("seen")).WithLlmObservability(observing.Observer);
        using var span = another
            ? source.StartActivity("execute_tool look", ActivityKind.Internal, default(ActivityContext), [new("gen_ai.tool.name", "look")])
            : null;
        await tool.InvokeAsync(null, Token);

        (span ?? listening.OnlySpan()).GetTagItem("mine").ShouldBe("look");
        listening.Spans.Count.ShouldBe(another ? 0 : 1);
    }

    [Fact]
    public async Task What_a_hook_throws_is_counted_and_keeps_neither_the_span_nor_the_next_hook()
    {
        await using var observing = new Observing(options =>
        {
            options.Telemetry.EnrichSpan += (_, _) => throw new InvalidOperationException("a secret");
            options.Telemetry.EnrichSpan += (span, _) => span.SetTag("second", true);
            options.Telemetry.EnrichToolSpan += (_, _) => throw new InvalidOperationException("a secret");
            options.Telemetry.EnrichToolSpan += (span, _) => span.SetTag("second", true);
        });
        using var listening = new Listening(observing);
        await observing.Client.GetResponseAsync(Observing.Hello, cancellationToken: Token);
        await new ScriptedFunction("look", (_, _) => new("seen")).WithLlmObservability(observing.Observer).InvokeAsync(null, Token);

        listening.Spans.Count.ShouldBe(2);
        listening.Spans.ShouldAllBe(span => span.IsStopped && Equals(span.GetTagItem("second"), true));
        observing.Observer.GetStatistics().RecorderErrors.ShouldBe(2);
        (await observing.CallsAsync()).Count.ShouldBe(2);
    }

    [Fact]
    public async Task Spans_that_want_no_data_are_left_alone()
    {
        var told = 0;
        await using var observing = new Observing(options =>
        {
            options.Telemetry.EnrichSpan = (_, _) => told++;
            options.Telemetry.EnrichToolSpan = (_, _) => told++;
        });
        using var listening = new Listening(observing, ActivitySamplingResult.PropagationData);
        await observing.Client.GetResponseAsync(Observing.Hello, cancellationToken: Token);
        await new ScriptedFunction("look", (_, _) => new("seen")).WithLlmObservability(observing.Observer).InvokeAsync(null, Token);

        listening.Spans.Count.ShouldBe(2);
        told.ShouldBe(0);
    }

    private static ActivityListener ListenTo(ActivitySource source)
    {
        var listener = new ActivityListener
        {
            ShouldListenTo = heard => ReferenceEquals(heard, source),
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
        };
        ActivitySource.AddActivityListener(listener);
        return listener;
    }
}
