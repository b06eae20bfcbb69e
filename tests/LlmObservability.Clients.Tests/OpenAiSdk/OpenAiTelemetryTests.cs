using System.Diagnostics;
using LlmObservability.Clients.Tests.Matrix;
using LlmObservability.Clients.Tests.Wire;

namespace LlmObservability.Clients.Tests.OpenAiSdk;

/// <summary>Beside the client's own experimental instrumentation, which makes spans of whole answers and none of streams.</summary>
public class OpenAiTelemetryTests
{
    private const string Source = "OpenAI.ChatClient";
    private const string Duration = "gen_ai.client.operation.duration";

    private static readonly OpenAiDriver Driver = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_clients_span_is_a_child_of_the_calls_span_and_each_meter_counts_the_call_once()
    {
        await using var server = new WireServer(Driver.Reply(new Answer(), streamed: false));
        await using var watch = new Watch(server, otherSources: Source);
        await watch.Wrap(Driver.Connect(server.Uri)).AskAsync(streamed: false, cancellationToken: Token);

        var other = watch.Spans.Others.ShouldHaveSingleItem();
        other.ParentSpanId.ShouldBe(watch.Spans.Own.ShouldHaveSingleItem().SpanId);
        other.GetTagItem("gen_ai.operation.name").ShouldBe("chat");
        other.GetTagItem("gen_ai.usage.cost").ShouldBeNull();
        watch.Metrics.Recorded(Duration, Source).Count.ShouldBe(1);
        watch.ShouldAgreeOn(await watch.OnlyCallAsync());
    }

    [Fact]
    public async Task A_stream_has_the_calls_span_alone()
    {
        await using var server = new WireServer(Driver.Reply(new Answer(), streamed: true));
        await using var watch = new Watch(server, otherSources: Source);
        await watch.Wrap(Driver.Connect(server.Uri)).AskAsync(streamed: true, cancellationToken: Token);

        watch.Spans.Others.ShouldBeEmpty();
        watch.Metrics.Recorded(Duration, Source).ShouldBeEmpty();
        watch.ShouldAgreeOn(await watch.OnlyCallAsync());
    }

    [Fact]
    public async Task The_clients_span_repeats_the_message_of_a_failure_and_the_calls_span_does_not()
    {
        await using var server = new WireServer(Driver.Error(429));
        await using var watch = new Watch(server, otherSources: Source);
        await Record.ExceptionAsync(() => watch.Wrap(Driver.Connect(server.Uri)).AskAsync(streamed: false, cancellationToken: Token));

        var other = watch.Spans.Others.ShouldHaveSingleItem();
        other.Status.ShouldBe(ActivityStatusCode.Error);
        other.StatusDescription.ShouldNotBeNull().ShouldContain("may hold a prompt");
        watch.ShouldAgreeOn(await watch.OnlyCallAsync());
    }
}
