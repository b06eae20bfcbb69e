using System.Diagnostics;
using LlmObservability.Testing;
using LlmObservability.Tests.Chat;
using LlmObservability.Tests.Tools;
using Microsoft.Extensions.AI;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;

namespace LlmObservability.Tests.Telemetry;

/// <summary>What is measured of a call is measured inside its span, which is how exemplars come to name it.</summary>
public class ExemplarTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_calls_histograms_are_recorded_while_its_span_is_current_and_nobody_else_sees_it_so(bool waits)
    {
        await using var observing = new Observing();
        using var listening = new Listening(observing);
        using var around = new Activity("around").Start();
        if (waits)
        {
            observing.Inner.Respond = async (_, _, _) =>
            {
                await Task.Yield();
                return ScriptedChatClient.Response();
            };
        }

        var options = new ChatOptions().WithLlmQueueWait(TimeSpan.FromSeconds(1));
        await observing.Client.GetResponseAsync(Observing.Hello, options, Token);

        Activity.Current.ShouldBeSameAs(around);
        var measured = Measured(
            listening, "gen_ai.client.operation.duration", "gen_ai.client.token.usage", "llm_observability.queue_wait", "llm_observability.output_token.rate");
        measured.Count.ShouldBe(5);
        measured.ShouldAllBe(heard => ReferenceEquals(heard.Current, listening.OnlySpan()));
    }

    [Fact]
    public async Task A_failed_calls_too()
    {
        await using var observing = new Observing();
        using var listening = new Listening(observing);
        observing.Inner.Respond = (_, _, _) => throw new TimeoutException();
        await Should.ThrowAsync<TimeoutException>(() => observing.Client.GetResponseAsync(Observing.Hello, cancellationToken: Token));

        Activity.Current.ShouldBeNull();
        Measured(listening, "gen_ai.client.operation.duration").ShouldHaveSingleItem().Current.ShouldBeSameAs(listening.OnlySpan());
    }

    [Fact]
    public async Task A_streams_and_the_time_between_its_chunks_too()
    {
        var time = new ManualTimeProvider();
        await using var observing = new Observing(time: time);
        using var listening = new Listening(observing);
        using var around = new Activity("around").Start();
        observing.Inner.Stream = (_, _, _) => Steps();
        await foreach (var _ in observing.Client.GetStreamingResponseAsync(Observing.Hello, cancellationToken: Token))
        {
            Activity.Current.ShouldBeSameAs(around);
        }

        Activity.Current.ShouldBeSameAs(around);
        Measured(listening, "gen_ai.client.operation.time_per_output_chunk").Count.ShouldBe(2);
        var measured = Measured(
            listening, "gen_ai.client.operation.time_per_output_chunk", "gen_ai.client.operation.time_to_first_chunk", "gen_ai.client.operation.duration");
        measured.Count.ShouldBe(4);
        measured.ShouldAllBe(heard => ReferenceEquals(heard.Current, listening.OnlySpan()));

        async IAsyncEnumerable<ChatResponseUpdate> Steps()
        {
            for (var i = 0; i < 3; i++)
            {
                await Task.Yield();
                time.Advance(TimeSpan.FromSeconds(1));
                yield return new ChatResponseUpdate(ChatRole.Assistant, "token");
            }
        }
    }

    [Fact]
    public async Task A_tools_too()
    {
        await using var observing = new Observing();
        using var listening = new Listening(observing);
        using var around = new Activity("around").Start();
        await new ScriptedFunction("look", (_, _) => new("seen")).WithLlmObservability(observing.Observer).InvokeAsync(null, Token);

        Activity.Current.ShouldBeSameAs(around);
        Measured(listening, "llm_observability.tool_calls", "llm_observability.tool_call.duration").Select(heard => heard.Current)
            .ShouldBe([listening.OnlySpan(), listening.OnlySpan()]);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Where_the_call_has_no_recorded_span_the_one_around_it_stays(bool made)
    {
        await using var observing = new Observing();
        using var listening = new Listening(observing, ActivitySamplingResult.PropagationData, spans: made);
        using var around = new Activity("around").Start();
        await observing.Client.GetResponseAsync(Observing.Hello, cancellationToken: Token);

        listening.Spans.Count.ShouldBe(made ? 1 : 0);
        Measured(listening, "gen_ai.client.operation.duration").ShouldHaveSingleItem().Current.ShouldBeSameAs(around);
    }

    [Fact]
    public async Task The_sdks_exemplars_name_the_calls_span()
    {
        // A series of its own: tests beside this one measure by the same names.
        await using var observing = new Observing(options => options.Telemetry.MetricTags.Add("test"));
        using var tracer = Sdk.CreateTracerProviderBuilder().AddSource(LlmTelemetry.ActivitySourceName).Build();
        using var exporter = new Seeing();
        using var reader = new BaseExportingMetricReader(exporter);
        using var meter = Sdk.CreateMeterProviderBuilder().AddMeter(LlmTelemetry.MeterName)
            .SetExemplarFilter(ExemplarFilterType.TraceBased).AddReader(reader).Build();
        using var around = new Activity("around") { ActivityTraceFlags = ActivityTraceFlags.Recorded }.Start();
        await observing.Client.GetResponseAsync(Observing.Hello, new ChatOptions().WithLlmTag("test", Guid.NewGuid().ToString()), Token);
        var call = await observing.OnlyCallAsync();
        meter.ForceFlush();

        call.SpanId.ShouldNotBe(around.SpanId.ToHexString());
        exporter.Spans("gen_ai.client.operation.duration").ShouldContain((call.TraceId, call.SpanId));
        exporter.Spans("gen_ai.client.token.usage").ShouldContain((call.TraceId, call.SpanId));
    }

    private static IReadOnlyList<Listening.Heard> Measured(Listening listening, params string[] instruments) =>
        [.. instruments.SelectMany(listening.Recorded)];

    private sealed class Seeing : BaseExporter<Metric>
    {
        private readonly List<(string Metric, string? Trace, string? Span)> _seen = [];

        public IEnumerable<(string?, string?)> Spans(string metric) => _seen.Where(seen => seen.Metric == metric).Select(seen => (seen.Trace, seen.Span));

        public override ExportResult Export(in Batch<Metric> batch)
        {
            foreach (var metric in batch)
            {
                foreach (ref readonly var point in metric.GetMetricPoints())
                {
                    if (point.TryGetExemplars(out var exemplars))
                    {
                        foreach (ref readonly var exemplar in exemplars)
                        {
                            _seen.Add((metric.Name, exemplar.TraceId.ToHexString(), exemplar.SpanId.ToHexString()));
                        }
                    }
                }
            }

            return ExportResult.Success;
        }
    }
}
