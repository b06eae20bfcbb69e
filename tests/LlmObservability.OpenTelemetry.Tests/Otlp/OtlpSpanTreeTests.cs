using System.Diagnostics;
using LlmObservability.OpenTelemetry.Tests.Instrumentation;
using LlmObservability.Testing;
using Microsoft.Extensions.AI;

namespace LlmObservability.OpenTelemetry.Tests.Otlp;

/// <summary>Who is inside whom in the spans that a sink sends, whatever became of the live ones.</summary>
[Collection(TelemetryTests.Name)]
public sealed class OtlpSpanTreeTests
{
    private const string Inbound = "OtlpSpanTreeTests";
    private const string Another = "Experimental.Microsoft.Extensions.AI";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task In_a_request_that_is_not_sampled_a_tool_stands_in_its_attempt()
    {
        using var source = new ActivitySource(Inbound);
        using var listener = Listen([Inbound], _ => ActivitySamplingResult.PropagationData);
        using var inbound = source.StartActivity("GET /").ShouldNotBeNull();
        var spans = await SendAsync(RetriedWithToolAsync);

        var call = spans.Single(span => span.Field("name") == "chat gpt-4o-mini");
        (call.Field("traceId"), call.Field("parentSpanId")).ShouldBe((inbound.TraceId.ToHexString(), Hex(inbound)));
        var attempts = Attempts(spans);
        attempts.Select(attempt => attempt.Field("parentSpanId")).ShouldBe([call.Field("spanId"), call.Field("spanId")]);
        Tool(spans).Field("parentSpanId").ShouldBe(attempts[1].Field("spanId"));
        spans.ShouldAllBe(span => span.Field("traceId") == inbound.TraceId.ToHexString());
    }

    [Fact]
    public async Task In_a_call_whose_root_span_was_sampled_out_a_tool_stands_in_its_attempt()
    {
        // As the SDK's samplers drop: a root passes its ids on, what is inside of it is not made at all.
        using var listener = Listen(
            [LlmTelemetry.ActivitySourceName],
            parent => parent == default ? ActivitySamplingResult.PropagationData : ActivitySamplingResult.None);
        var spans = await SendAsync(RetriedWithToolAsync);

        var call = spans.Single(span => span.Field("name") == "chat gpt-4o-mini");
        call.Field("parentSpanId").ShouldBeNull();
        Attempts(spans).ShouldAllBe(attempt => attempt.Field("parentSpanId") == call.Field("spanId"));
        Tool(spans).Field("parentSpanId").ShouldBe(Attempts(spans)[1].Field("spanId"));
    }

    [Fact]
    public async Task A_tool_in_a_span_of_the_applications_own_stays_there()
    {
        string? own = null;
        using var source = new ActivitySource(Inbound);
        using var listener = Listen([Inbound], _ => ActivitySamplingResult.PropagationData);
        using var inbound = source.StartActivity("GET /");
        var spans = await SendAsync(async observer =>
        {
            var tool = LookUp(observer);
            var client = new ScriptedChatClient
            {
                Respond = async (_, _, token) =>
                {
                    using var step = source.StartActivity("step").ShouldNotBeNull();
                    own = Hex(step);
                    await tool.InvokeAsync(cancellationToken: token);
                    return ScriptedChatClient.Response();
                },
            };
            await AskAsync(client.WithLlmObservability(observer));
        });

        Tool(spans).Field("parentSpanId").ShouldBe(own.ShouldNotBeNull());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_tool_that_the_provider_hosts_stands_in_the_attempt_that_answered(bool sampled)
    {
        using var source = new ActivitySource(Inbound);
        using var listener = Listen(
            sampled ? [Inbound, LlmTelemetry.ActivitySourceName] : [Inbound],
            _ => sampled ? ActivitySamplingResult.AllDataAndRecorded : ActivitySamplingResult.PropagationData);
        using var inbound = source.StartActivity("GET /");
        var spans = await SendAsync(async observer =>
        {
            var asked = 0;
            var inner = new ScriptedChatClient
            {
                Respond = (_, _, _) => ++asked == 1
                    ? throw new TimeoutException()
                    : Task.FromResult(new ChatResponse(new ChatMessage(ChatRole.Assistant, [new WebSearchToolCallContent("w-1"), new TextContent("Done.")]))),
            };
            await AskAsync(new Retrying(inner.WithLlmObservability(observer)).WithLlmObservability(observer));
        });

        spans.Single(span => span.Field("name") == "execute_tool web_search").Field("parentSpanId").ShouldBe(Attempts(spans)[1].Field("spanId"));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_tool_that_runs_after_its_call_stands_in_its_span_or_where_it_ran(bool requested)
    {
        using var source = new ActivitySource(Inbound);
        using var listener = Listen(requested ? [Inbound] : [], _ => ActivitySamplingResult.PropagationData);
        using var inbound = source.StartActivity("GET /");
        (inbound is not null).ShouldBe(requested);
        var spans = await SendAsync(async observer =>
        {
            var inner = new ScriptedChatClient
            {
                Respond = (_, _, _) => Task.FromResult(new ChatResponse(new ChatMessage(ChatRole.Assistant, [new FunctionCallContent("id-1", "look_up")]))),
            };
            var tool = LookUp(observer);
            await AskAsync(inner.WithLlmObservability(observer));
            await tool.InvokeAsync(cancellationToken: Token);
        });

        // It knows its call by the id alone: not whether that has a span in the request.
        var call = spans.Single(span => span.Field("name") == "chat gpt-4o-mini");
        Tool(spans).Text("llm_observability.call.id").ShouldBe(call.Text("llm_observability.call.id"));
        Tool(spans).Field("traceId").ShouldBe(call.Field("traceId"));
        Tool(spans).Field("parentSpanId").ShouldBe(inbound is null ? call.Field("spanId") : Hex(inbound));
    }

    [Fact]
    public async Task Two_calls_in_anothers_span_are_two_spans_inside_it()
    {
        using var source = new ActivitySource(Another);
        using var listener = Listen([Another, LlmTelemetry.ActivitySourceName], _ => ActivitySamplingResult.AllDataAndRecorded);
        using var around = source.StartActivity("chat gpt-4o-mini", ActivityKind.Client).ShouldNotBeNull();
        var spans = await SendAsync(async observer =>
        {
            var asked = 0;
            var inner = new ScriptedChatClient
            {
                Respond = (_, _, _) => ++asked == 1 ? throw new TimeoutException() : Task.FromResult(ScriptedChatClient.Response()),
            };
            await AskAsync(new Retrying(inner.WithLlmObservability(observer)));
        });

        spans.Count.ShouldBe(2);
        spans.Select(span => span.Field("spanId")).ShouldBeUnique();
        spans.ShouldAllBe(span => span.Field("traceId") == around.TraceId.ToHexString() && span.Field("parentSpanId") == Hex(around));
    }

    [Fact]
    public async Task An_attempt_in_another_trace_than_its_call_has_ids_of_its_own_in_the_calls()
    {
        var live = new List<Activity>();
        using var listener = Listen([LlmTelemetry.ActivitySourceName], _ => ActivitySamplingResult.AllDataAndRecorded, live);
        var spans = await SendAsync(async observer =>
            await AskAsync(new Detaching(new ScriptedChatClient().WithLlmObservability(observer)).WithLlmObservability(observer)));

        var attempt = live.Single(span => span.DisplayName == "attempt gpt-4o-mini");
        attempt.TraceId.ShouldNotBe(live.Single(span => span != attempt).TraceId);
        spans.ShouldNotContain(span => span.Field("spanId") == Hex(attempt));
        var call = spans.Single(span => span.Field("name") == "chat gpt-4o-mini");
        (Attempts(spans).ShouldHaveSingleItem().Field("traceId"), Attempts(spans)[0].Field("parentSpanId")).ShouldBe((call.Field("traceId"), call.Field("spanId")));
    }

    [Fact]
    public async Task An_attempt_that_outlives_its_call_is_a_span_inside_its_live_one()
    {
        var live = new List<Activity>();
        using var listener = Listen([LlmTelemetry.ActivitySourceName], _ => ActivitySamplingResult.AllDataAndRecorded, live);
        var spans = await SendAsync(async observer =>
        {
            var answer = new TaskCompletionSource<ChatResponse>();
            var inner = new ScriptedChatClient { Respond = (_, _, _) => answer.Task }.WithLlmObservability(observer);
            var leaving = new Leaving(inner);
            await AskAsync(leaving.WithLlmObservability(observer));
            answer.SetResult(ScriptedChatClient.Response());
            await leaving.Late!;
        });

        var attempt = live.Single(span => span.DisplayName == "attempt gpt-4o-mini");
        spans.Count.ShouldBe(2);
        spans.ShouldNotContain(span => span.Field("spanId") == Hex(attempt));
        spans.Single(span => span.Field("parentSpanId") == Hex(attempt)).Field("name").ShouldBe("chat gpt-4o-mini");
    }

    private static async Task<IReadOnlyList<OtlpRecord>> SendAsync(Func<LlmObserver, Task> work)
    {
        await using var server = await OtlpServer.StartAsync();
        using var sink = Sending.Sink(server.Address, options => options.Signal = OtlpSignal.Spans);
        await using (var observer = LlmObserver.Create([sink], new LlmObservabilityOptions()))
        {
            await work(observer);
            await observer.FlushAsync(Token);
        }

        return [.. server.Received.SelectMany(request => request.Records)];
    }

    // The first attempt fails, a tool runs in the second.
    private static async Task RetriedWithToolAsync(LlmObserver observer)
    {
        var tool = LookUp(observer);
        var asked = 0;
        var inner = new ScriptedChatClient
        {
            Respond = async (_, _, token) =>
            {
                if (++asked == 1)
                {
                    throw new TimeoutException();
                }

                await tool.InvokeAsync(cancellationToken: token);
                return ScriptedChatClient.Response();
            },
        };
        await AskAsync(new Retrying(inner.WithLlmObservability(observer)).WithLlmObservability(observer));
    }

    private static AIFunction LookUp(LlmObserver observer) => AIFunctionFactory.Create(() => "seen", "look_up").WithLlmObservability(observer);

    private static Task<ChatResponse> AskAsync(IChatClient client) => client.GetResponseAsync("hello", cancellationToken: Token);

    private static List<OtlpRecord> Attempts(IReadOnlyList<OtlpRecord> spans) =>
        [.. spans.Where(span => span.Field("name") == "attempt gpt-4o-mini").OrderBy(span => span.Attributes["llm_observability.attempt.ordinal"].ToString())];

    private static OtlpRecord Tool(IReadOnlyList<OtlpRecord> spans) => spans.Single(span => span.Field("name") == "execute_tool look_up");

    private static string Hex(Activity span) => span.SpanId.ToHexString();

    private static ActivityListener Listen(
        string[] sources, Func<ActivitySpanId, ActivitySamplingResult> sample, List<Activity>? ended = null)
    {
        var listener = new ActivityListener
        {
            ShouldListenTo = source => sources.Contains(source.Name),
            Sample = (ref ActivityCreationOptions<ActivityContext> options) => sample(options.Parent.SpanId),
            ActivityStopped = span => ended?.Add(span),
        };
        ActivitySource.AddActivityListener(listener);
        return listener;
    }

    /// <summary>Asks again once; nobody sees what is inside.</summary>
    private sealed class Retrying(IChatClient inner) : DelegatingChatClient(inner)
    {
        public override async Task<ChatResponse> GetResponseAsync(
            IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
        {
            try
            {
                return await base.GetResponseAsync(messages, options, cancellationToken);
            }
            catch (TimeoutException)
            {
                return await base.GetResponseAsync(messages, options, cancellationToken);
            }
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

    /// <summary>Answers by itself, after it has asked and not waited.</summary>
    private sealed class Leaving(IChatClient inner) : DelegatingChatClient(inner)
    {
        public Task<ChatResponse>? Late { get; private set; }

        public override Task<ChatResponse> GetResponseAsync(
            IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
        {
            Late = base.GetResponseAsync(messages, options, cancellationToken);
            return Task.FromResult(ScriptedChatClient.Response());
        }
    }
}
