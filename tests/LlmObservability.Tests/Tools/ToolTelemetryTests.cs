using System.Diagnostics;
using System.Diagnostics.Metrics;
using LlmObservability.Testing;
using LlmObservability.Tests.Chat;
using LlmObservability.Tests.Telemetry;
using Microsoft.Extensions.AI;

namespace LlmObservability.Tests.Tools;

public class ToolTelemetryTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_invocation_is_an_internal_span_of_the_conventions_without_what_went_in_or_out()
    {
        var time = new ManualTimeProvider();
        await using var observing = new Observing(time: time);
        using var listening = new Listening(observing);
        using var around = new Activity("around").Start();
        var tool = new ScriptedFunction("look", (_, _) =>
        {
            time.Advance(TimeSpan.FromSeconds(3));
            return new("a secret result");
        }).WithLlmObservability(observing.Observer);
        await tool.InvokeAsync(new() { ["query"] = "a secret argument" }, Token);

        var span = listening.OnlySpan();
        span.OperationName.ShouldBe("execute_tool look");
        span.Kind.ShouldBe(ActivityKind.Internal);
        span.Parent.ShouldBeSameAs(around);
        span.Status.ShouldBe(ActivityStatusCode.Unset);
        span.Duration.ShouldBe(TimeSpan.FromSeconds(3));
        span.TagObjects.ToDictionary().ShouldBe(new Dictionary<string, object?>
        {
            ["gen_ai.operation.name"] = "execute_tool",
            ["gen_ai.tool.name"] = "look",
            ["gen_ai.tool.type"] = "function",
        });
        listening.Sampled.Last().Tags.Keys.ShouldBe(["gen_ai.operation.name", "gen_ai.tool.name", "gen_ai.tool.type"], ignoreOrder: true);
    }

    [Fact]
    public async Task The_id_by_which_the_model_asked_stands_on_the_span_where_it_is_known()
    {
        await using var observing = new Observing();
        using var listening = new Listening(observing);
        observing.Inner.FirstAnswers(ToolScripts.Ask("look", "id-1"));
        await ToolInsideCallTests.AskAsync(new ToolInvokingClient(observing.Client, ToolInsideCallTests.Look(observing)), streaming: false);

        listening.Spans.Single(span => span.OperationName == "execute_tool look").GetTagItem("gen_ai.tool.call.id").ShouldBe("id-1");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Only_a_failure_is_an_error_and_its_message_is_nowhere(bool cancelled)
    {
        await using var observing = new Observing();
        using var listening = new Listening(observing);
        using var source = new CancellationTokenSource();
        var tool = new ScriptedFunction("look", (_, token) =>
        {
            token.ThrowIfCancellationRequested();
            throw new TimeoutException("a secret argument");
        }).WithLlmObservability(observing.Observer);
        if (cancelled)
        {
            await source.CancelAsync();
        }

        await Should.ThrowAsync<Exception>(async () => await tool.InvokeAsync(null, source.Token));

        var span = listening.OnlySpan();
        span.Status.ShouldBe(cancelled ? ActivityStatusCode.Unset : ActivityStatusCode.Error);
        span.StatusDescription.ShouldBeNull();
        span.Events.ShouldBeEmpty();
        span.GetTagItem("error.type").ShouldBe(cancelled ? null : "System.TimeoutException");
        span.GetTagItem("llm_observability.outcome").ShouldBe(cancelled ? "cancelled" : "failed");
        var counted = listening.Recorded("llm_observability.tool_calls").ShouldHaveSingleItem();
        counted.Tags["llm_observability.outcome"].ShouldBe(cancelled ? "cancelled" : "failed");
        counted.Tags.GetValueOrDefault("error.type").ShouldBe(cancelled ? null : "System.TimeoutException");
        var call = await observing.OnlyCallAsync();
        (call.TraceId, call.SpanId).ShouldBe((span.TraceId.ToHexString(), span.SpanId.ToHexString()));
    }

    [Theory]
    [InlineData(null, "mcp")]
    [InlineData("function", "function")]
    public async Task Anothers_span_of_the_same_invocation_is_enriched_and_there_is_no_second(string? present, string expected)
    {
        await using var observing = new Observing();
        using var listening = new Listening(observing);
        using var source = new ActivitySource("test " + Guid.NewGuid());
        using var listener = new ActivityListener
        {
            ShouldListenTo = heard => ReferenceEquals(heard, source),
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
        };
        ActivitySource.AddActivityListener(listener);
        var tool = new ModelContextProtocol.Client.McpClientTool(fails: false).WithLlmObservability(observing.Observer);
        using (var span = source.StartActivity("execute_tool weather", ActivityKind.Internal, default(ActivityContext), [new("gen_ai.tool.name", "weather")]).ShouldNotBeNull())
        {
            span.SetTag("gen_ai.tool.type", present);
            await tool.InvokeAsync(null, Token);
            span.GetTagItem("gen_ai.tool.type").ShouldBe(expected);
            Activity.Current.ShouldBeSameAs(span);
            listening.Spans.ShouldBeEmpty();
            var call = await observing.OnlyCallAsync();
            (call.TraceId, call.SpanId).ShouldBe((span.TraceId.ToHexString(), span.SpanId.ToHexString()));
        }

        using (source.StartActivity("execute_tool another", ActivityKind.Internal, default(ActivityContext), [new("gen_ai.tool.name", "another")]))
        {
            await tool.InvokeAsync(null, Token);
        }

        listening.OnlySpan().OperationName.ShouldBe("execute_tool weather");
    }

    [Fact]
    public async Task The_metrics_are_a_counter_and_a_histogram_with_the_conventions_boundaries()
    {
        var time = new ManualTimeProvider();
        await using var observing = new Observing(time: time);
        using var listening = new Listening(observing, spans: false);
        var tool = new ScriptedFunction("look", (_, _) =>
        {
            time.Advance(TimeSpan.FromMilliseconds(1500));
            return default;
        }).WithLlmObservability(observing.Observer, new LlmToolOptions { Type = LlmVocabulary.A2a });
        await tool.InvokeAsync(null, Token);

        var counter = listening.Instruments.Single(instrument => instrument.Name == "llm_observability.tool_calls");
        counter.ShouldBeOfType<Counter<long>>().Unit.ShouldBe("{tool_call}");
        var seconds = listening.Instruments.Single(instrument => instrument.Name == "llm_observability.tool_call.duration").ShouldBeOfType<Histogram<double>>();
        seconds.Unit.ShouldBe("s");
        seconds.Advice!.HistogramBucketBoundaries.ShouldBe(
            [0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92]);
        var attributes = new Dictionary<string, object?>
        {
            ["gen_ai.tool.name"] = "look",
            ["gen_ai.tool.type"] = "a2a",
            ["llm_observability.outcome"] = "completed",
        };
        var count = listening.Recorded("llm_observability.tool_calls").ShouldHaveSingleItem();
        (count.Value, listening.Recorded("llm_observability.tool_call.duration").ShouldHaveSingleItem().Value).ShouldBe((1, 1.5));
        count.Tags.ShouldBe(attributes, ignoreOrder: true);
        listening.Recorded("llm_observability.tool_call.duration")[0].Tags.ShouldBe(attributes, ignoreOrder: true);
    }

    [Fact]
    public async Task A_tool_that_a_model_asked_for_tells_which_in_metrics_while_there_is_room()
    {
        await using var observing = new Observing(options => options.Telemetry.MaxMetricSeries = 10);
        using var listening = new Listening(observing, spans: false);
        var tool = new ScriptedFunction("look", (_, _) => default).WithLlmObservability(observing.Observer);
        observing.Inner.Respond = async (_, _, token) =>
        {
            await tool.InvokeAsync(null, token);
            return ScriptedChatClient.Response();
        };
        for (var i = 0; i < 15; i++)
        {
            await observing.Client.GetResponseAsync(Observing.Hello, new ChatOptions { ModelId = $"model {i}" }, Token);
        }

        var counted = listening.Recorded("llm_observability.tool_calls");
        counted.Select(heard => heard.Tags.GetValueOrDefault("gen_ai.request.model")).ShouldBe(
            Enumerable.Range(0, 15).Select(i => i < 10 ? (object)$"model {i}" : null));
        counted.Take(10).ShouldAllBe(heard => Equals(heard.Tags["gen_ai.provider.name"], "openai"));
        counted.ShouldAllBe(heard => Equals(heard.Tags["gen_ai.tool.name"], "look"));
        listening.Recorded("llm_observability.tool_call.duration")[0].Tags.ShouldBe(counted[0].Tags, ignoreOrder: true);
    }

    [Fact]
    public async Task Tools_beyond_the_bound_share_one_series_and_keep_their_names_in_rows()
    {
        await using var observing = new Observing(options => options.Telemetry.MaxMetricSeries = 10);
        using var listening = new Listening(observing, spans: false);
        for (var i = 0; i < 30; i++)
        {
            await new ScriptedFunction($"tool {i}", (_, _) => default).WithLlmObservability(observing.Observer).InvokeAsync(null, Token);
        }

        var counted = listening.Recorded("llm_observability.tool_calls");
        counted.Count.ShouldBe(30);
        counted.Select(heard => heard.Tags["gen_ai.tool.name"]).Distinct().Count().ShouldBe(11);
        counted.Count(heard => Equals(heard.Tags["gen_ai.tool.name"], "_OTHER") && Equals(heard.Tags["gen_ai.tool.type"], "_OTHER")).ShouldBe(20);
        (await observing.RowsAsync()).Select(row => row.Row.Name).Distinct().Count().ShouldBe(30);
    }

    [Fact]
    public async Task A_listener_that_throws_harms_neither_the_tool_nor_its_row()
    {
        await using var observing = new Observing();
        using var listener = new ThrowingListener(observing);
        using var metrics = new MeterListener
        {
            InstrumentPublished = (instrument, heard) =>
            {
                if (ReferenceEquals(instrument.Meter, observing.Observer.Telemetry.Meter))
                {
                    heard.EnableMeasurementEvents(instrument);
                }
            },
        };
        metrics.SetMeasurementEventCallback<long>((_, _, _, _) => throw new InvalidOperationException("measured"));
        metrics.Start();
        using var around = new Activity("around").Start();

        (await ToolInsideCallTests.Look(observing).InvokeAsync(null, Token)).ShouldBe("seen");

        Activity.Current.ShouldBeSameAs(around);
        await observing.OnlyRowAsync();
        observing.Observer.GetStatistics().RecorderErrors.ShouldBeGreaterThan(0);
        observing.Inner.FirstAnswers(new WebSearchToolCallContent("w-1"));
        await ToolInsideCallTests.AskAsync(observing.Client, streaming: false);
        (await observing.RowsAsync()).Count(row => row.Row.Type == "web_search").ShouldBe(1);
        observing.Observer.GetStatistics().CallsLost.ShouldBe(0);
    }
}
