using System.Diagnostics;
using LlmObservability.Clients.Tests.Matrix;
using LlmObservability.Clients.Tests.Wire;

namespace LlmObservability.Clients.Tests.AnthropicSdk;

/// <summary>Beside the spans that the SDK makes of its own calls.</summary>
public class AnthropicTelemetryTests
{
    private const string Source = "com.anthropic.sdk.csharp";

    private static readonly AnthropicDriver Driver = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task The_SDKs_span_is_a_child_of_the_calls_span_and_no_metric_counts_it_again(bool streamed)
    {
        await using var server = new WireServer(Driver.Reply(new Answer { CacheRead = 400 }, streamed));
        await using var watch = new Watch(server, otherSources: Source);
        using var application = new Activity("application").Start();
        await watch.Wrap(Driver.Connect(server.Uri)).AskAsync(streamed, () => Activity.Current.ShouldBeSameAs(application), Token);
        Activity.Current.ShouldBeSameAs(application);

        var call = await watch.OnlyCallAsync();
        var own = watch.Spans.Own.ShouldHaveSingleItem();
        var other = watch.Spans.Others.ShouldHaveSingleItem();
        own.ParentSpanId.ShouldBe(application.SpanId);
        other.ParentSpanId.ShouldBe(own.SpanId);
        other.TraceId.ShouldBe(own.TraceId);
        call.SpanId.ShouldBe(own.SpanId.ToHexString());
        // Both say that they are the chat call, with the same tokens; the cost stands on one.
        other.DisplayName.ShouldBe("anthropic.messages.create");
        other.GetTagItem("gen_ai.operation.name").ShouldBe("chat");
        other.GetTagItem("gen_ai.usage.input_tokens").ShouldBe(own.GetTagItem("gen_ai.usage.input_tokens"));
        other.GetTagItem("gen_ai.usage.cost").ShouldBeNull();
        other.TagObjects.ShouldAllBe(tag => !tag.Key.StartsWith("llm_observability"));
        watch.ShouldAgreeOn(call);
    }

    [Fact]
    public async Task What_the_SDK_tries_again_is_one_span_of_each()
    {
        await using var server = new WireServer(Driver.Error(529), Driver.Error(500), Driver.Reply(new Answer(), streamed: false));
        await using var watch = new Watch(server, otherSources: Source);
        await watch.Wrap(Driver.Connect(server.Uri, retries: 2)).AskAsync(streamed: false, cancellationToken: Token);

        server.Requests.Count.ShouldBe(3);
        watch.Spans.Others.ShouldHaveSingleItem().GetTagItem("http.request.resend_count").ShouldBe(2);
        watch.ShouldAgreeOn(await watch.OnlyCallAsync());
    }

    [Fact]
    public async Task A_failure_is_an_error_on_both_spans_and_one_measurement()
    {
        await using var server = new WireServer(Driver.Error(529));
        await using var watch = new Watch(server, otherSources: Source);
        await Record.ExceptionAsync(() => watch.Wrap(Driver.Connect(server.Uri)).AskAsync(streamed: true, cancellationToken: Token));

        var other = watch.Spans.Others.ShouldHaveSingleItem();
        other.Status.ShouldBe(ActivityStatusCode.Error);
        other.GetTagItem("error.type").ShouldBe("overloaded_error");
        watch.Spans.Own.ShouldHaveSingleItem().GetTagItem("error.type").ShouldBe("Anthropic.Exceptions.AnthropicOverloadedException");
        watch.ShouldAgreeOn(await watch.OnlyCallAsync());
    }

    [Fact]
    public async Task Where_nobody_listens_to_the_library_the_record_names_the_applications_span()
    {
        await using var server = new WireServer(Driver.Reply(new Answer(), streamed: false));
        await using var watch = new Watch(server, otherSources: Source);
        watch.Spans.Dispose();
        using var theirs = new SpansOfServer(server.Uri.Port, [Source], own: false);
        using var application = new Activity("application").Start();
        await watch.Wrap(Driver.Connect(server.Uri)).AskAsync(streamed: false, cancellationToken: Token);

        var call = await watch.OnlyCallAsync();
        (call.SpanId, call.ParentSpanId).ShouldBe((null, application.SpanId.ToHexString()));
        theirs.Others.ShouldHaveSingleItem().ParentSpanId.ShouldBe(application.SpanId);
        theirs.Others[0].TagObjects.ShouldAllBe(tag => !tag.Key.StartsWith("llm_observability"));
        watch.Metrics.Recorded("gen_ai.client.operation.duration").Count.ShouldBe(1);
    }
}
