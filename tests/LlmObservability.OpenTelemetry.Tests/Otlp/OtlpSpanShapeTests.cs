using System.Diagnostics;
using System.Text.Json;
using LlmObservability.Sinks;
using LlmObservability.Testing;
using Microsoft.Extensions.AI;

namespace LlmObservability.OpenTelemetry.Tests.Otlp;

/// <summary>What records look like as spans.</summary>
public sealed class OtlpSpanShapeTests
{
    private static readonly DateTimeOffset StartedAt = new(2026, 3, 14, 15, 9, 26, TimeSpan.Zero);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_calls_span_has_the_ids_and_attributes_of_the_live_one()
    {
        var ended = new List<Activity>();
        using var source = new ActivitySource("OtlpSpanShapeTests");
        using var listener = Listen(ended, source);
        await using var server = await OtlpServer.StartAsync();
        using var sink = Sending.Sink(server.Address, options => options.Signal = OtlpSignal.Spans);
        var settings = new LlmObservabilityOptions();
        settings.UserIds.StorePlain = true;
        await using (var observer = LlmObserver.Create([sink], settings))
        {
            using var inbound = source.StartActivity("GET /");
            var client = new ScriptedChatClient().WithLlmObservability(observer);
            using (LlmScope.Begin(("tenant", "acme"), ("conversation", "c-1"), ("team", "red")))
            {
                await client.GetResponseAsync([new ChatMessage(ChatRole.User, "hello")], new ChatOptions { ResponseFormat = ChatResponseFormat.Json }, Token);
                await foreach (var update in client.GetStreamingResponseAsync([new ChatMessage(ChatRole.User, "hello")], cancellationToken: Token))
                {
                    update.ShouldNotBeNull();
                }

                var failing = new ScriptedChatClient { Respond = (_, _, _) => throw new TimeoutException("secret") }.WithLlmObservability(observer);
                await Should.ThrowAsync<TimeoutException>(() => failing.GetResponseAsync([new ChatMessage(ChatRole.User, "hello")], cancellationToken: Token));
            }

            await observer.FlushAsync(Token);
        }

        var live = ended.Where(activity => activity.Source.Name == "LlmObservability" && activity.ParentSpanId == ended.Single(e => e.Source == source).SpanId).ToArray();
        live.Length.ShouldBe(3);
        var sent = server.Received.SelectMany(request => request.Records).ToArray();
        sent.Length.ShouldBe(3);
        foreach (var activity in live)
        {
            var span = sent.Single(record => record.Field("spanId") == activity.SpanId.ToHexString());
            span.Field("traceId").ShouldBe(activity.TraceId.ToHexString());
            span.Field("parentSpanId").ShouldBe(activity.ParentSpanId.ToHexString());
            span.Field("name").ShouldBe(activity.DisplayName);
            span.Json.GetProperty("kind").GetInt32().ShouldBe(3);
            span.Json.TryGetProperty("status", out var status).ShouldBe(activity.Status == ActivityStatusCode.Error);
            (status.ValueKind == JsonValueKind.Undefined ? 0 : status.GetProperty("code").GetInt32()).ShouldBe((int)activity.Status);
            span.Attributes.ToDictionary(pair => pair.Key, pair => Plain(pair.Value))
                .ShouldBe(activity.TagObjects.ToDictionary(pair => pair.Key, pair => Plain(pair.Value)), ignoreOrder: true);
        }
    }

    [Fact]
    public async Task Parts_of_a_call_without_a_trace_form_one_of_their_own()
    {
        var call = NewCall() with { ToolCallCount = 3 };
        var records = await SendAsync(new LlmCallEnvelope(call)
        {
            Attempts = [Attempt(1, 0, 10), Attempt(2, 20, 10)],
            ToolCalls = [Tool(1, 22, 3), Tool(2, 12, 3), Tool(3, 40, 1)],
        });
        records.Count.ShouldBe(6);
        records.ShouldAllBe(record => record.Field("traceId") == call.Id.ToString("N"));
        records.Select(record => record.Field("spanId")).Distinct().Count().ShouldBe(6);
        var root = records[0].Field("spanId");
        records[0].Field("parentSpanId").ShouldBeNull();
        records[1].Field("name").ShouldBe("attempt gpt-4.1");
        records[1].Json.GetProperty("kind").GetInt32().ShouldBe(1);
        records[1].Field("parentSpanId").ShouldBe(root);
        records[2].Field("parentSpanId").ShouldBe(root);
        // The first ran within the second attempt, the others within none.
        records[3].Field("name").ShouldBe("execute_tool search");
        records[3].Field("parentSpanId").ShouldBe(records[2].Field("spanId"));
        records[4].Field("parentSpanId").ShouldBe(root);
        records[5].Field("parentSpanId").ShouldBe(root);
        records[1].Attributes.Keys.ShouldNotContain(key => key.StartsWith("gen_ai.", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Recorded_ids_are_kept()
    {
        var call = NewCall() with { TraceId = "0af7651916cd43dd8448eb211c80319c", SpanId = "b7ad6b7169203331", ParentSpanId = "00f067aa0ba902b7" };
        var records = await SendAsync(new LlmCallEnvelope(call)
        {
            Attempts = [Attempt(1, 0, 10) with { SpanId = "1111111111111111", ParentSpanId = "b7ad6b7169203331" }, Attempt(2, 20, 10)],
            ToolCalls = [Tool(1, 22, 3) with { TraceId = call.TraceId, SpanId = "2222222222222222", ParentSpanId = "1111111111111111" }, Tool(2, 5, 1)],
        });
        records.ShouldAllBe(record => record.Field("traceId") == call.TraceId);
        records[0].Field("spanId").ShouldBe(call.SpanId);
        records[0].Field("parentSpanId").ShouldBe(call.ParentSpanId);
        records[1].Field("spanId").ShouldBe("1111111111111111");
        records[2].Field("parentSpanId").ShouldBe(call.SpanId);
        records[3].Field("spanId").ShouldBe("2222222222222222");
        records[3].Field("parentSpanId").ShouldBe("1111111111111111");
        // Not traced itself: it ran within the first attempt.
        records[4].Field("parentSpanId").ShouldBe("1111111111111111");
    }

    [Fact]
    public async Task A_tool_call_in_another_trace_than_its_call_is_linked_to_it()
    {
        var traced = NewCall() with { TraceId = "0af7651916cd43dd8448eb211c80319c", SpanId = "b7ad6b7169203331" };
        var around = traced with { SpanId = null, ParentSpanId = "00f067aa0ba902b7" };
        var tool = Tool(1, 2, 1) with { TraceId = "4bf92f3577b34da6a3ce929d0e0e4736", SpanId = "2222222222222222", ParentSpanId = "3333333333333333" };
        foreach (var call in new[] { traced, around, NewCall() })
        {
            var records = await SendAsync(new LlmCallEnvelope(call) { Attempts = [Attempt(1, 0, 10)], ToolCalls = [tool] });
            (records[2].Field("traceId"), records[2].Field("spanId"), records[2].Field("parentSpanId")).ShouldBe((tool.TraceId, tool.SpanId, tool.ParentSpanId));
            var link = records[2].Json.GetProperty("links").EnumerateArray().ShouldHaveSingleItem();
            link.GetProperty("traceId").GetString().ShouldBe(records[0].Field("traceId"));
            link.GetProperty("spanId").GetString().ShouldBe(records[0].Field("spanId"));
            records.Take(2).ShouldAllBe(record => record.Field("links") == null);
        }

        // One that comes after its call knows the call's id alone.
        var late = (await SendAsync(new LlmToolCallEnvelope(traced.Id, StartedAt, tool))).ShouldHaveSingleItem();
        late.Json.TryGetProperty("links", out _).ShouldBeFalse();
        (late.Field("parentSpanId"), late.Text("llm_observability.call.id")).ShouldBe((tool.ParentSpanId, traced.Id.ToString()));
    }

    [Fact]
    public async Task A_tool_call_without_a_span_stands_where_it_ran_and_not_beside_its_call()
    {
        var call = NewCall() with { TraceId = "0af7651916cd43dd8448eb211c80319c", SpanId = "b7ad6b7169203331", ParentSpanId = "00f067aa0ba902b7" };
        LlmAttempt[] attempts = [Attempt(1, 0, 10), Attempt(2, 20, 10) with { SpanId = "1111111111111111", ParentSpanId = "b7ad6b7169203331" }];
        var records = await SendAsync(new LlmCallEnvelope(call)
        {
            Attempts = attempts,
            ToolCalls =
            [
                Tool(1, 2, 3) with { TraceId = call.TraceId, ParentSpanId = call.SpanId },
                Tool(2, 22, 3) with { TraceId = call.TraceId, ParentSpanId = call.SpanId },
                Tool(3, 5, 30) with { TraceId = call.TraceId, ParentSpanId = call.SpanId },
                Tool(4, 2, 3) with { TraceId = call.TraceId, SpanId = "4444444444444444", ParentSpanId = call.SpanId },
                // Somebody led the flow out of the call.
                Tool(5, 2, 3) with { TraceId = call.TraceId, ParentSpanId = call.ParentSpanId },
            ],
        });
        records.Skip(3).Select(record => record.Field("parentSpanId"))
            .ShouldBe([records[1].Field("spanId"), "1111111111111111", call.SpanId, call.SpanId, call.ParentSpanId]);
        records.ShouldAllBe(record => record.Field("links") == null);
    }

    [Fact]
    public async Task A_call_without_a_span_of_its_own_gets_one_below_the_one_around_it()
    {
        var call = NewCall() with { TraceId = "0af7651916cd43dd8448eb211c80319c", ParentSpanId = "00f067aa0ba902b7" };
        var record = (await SendAsync(new LlmCallEnvelope(call))).ShouldHaveSingleItem();
        record.Field("traceId").ShouldBe(call.TraceId);
        record.Field("parentSpanId").ShouldBe("00f067aa0ba902b7");
        record.Field("spanId")!.Length.ShouldBe(16);
        record.Field("spanId").ShouldNotBe(record.Field("parentSpanId"));
    }

    [Fact]
    public async Task A_tool_outside_any_call_is_one_span_and_a_late_one_is_the_calls_child()
    {
        var call = NewCall() with { Operation = LlmVocabulary.ExecuteTool, AttemptCount = 0, Tags = new LlmTags { Tenant = "acme" } };
        var records = await SendAsync(new LlmCallEnvelope(call) { ToolCalls = [Tool(1, 0, 5)] }, new LlmToolCallEnvelope(call.Id, StartedAt, Tool(2, 9, 1)), new LlmCallEnvelope(NewCall() with { Id = call.Id }));
        records.Count.ShouldBe(3);
        records[0].Field("name").ShouldBe("execute_tool search");
        records[0].Field("parentSpanId").ShouldBeNull();
        records[0].Text("llm_observability.tag.tenant").ShouldBe("acme");
        records[1].Field("parentSpanId").ShouldBe(records[2].Field("spanId"));
        records[1].Field("traceId").ShouldBe(records[2].Field("traceId"));
    }

    [Fact]
    public async Task Amendments_have_no_span_and_are_counted_as_unsupported()
    {
        await using var server = await OtlpServer.StartAsync();
        using var sink = Sending.Sink(server.Address, options => options.Signal = OtlpSignal.Spans);
        var call = NewCall();
        var amendment = new LlmAmendmentEnvelope(new LlmAmendment { Id = LlmCallId.Create(StartedAt), CallId = call.Id, CallStartedAt = StartedAt, CreatedAt = StartedAt, Kind = "verdict" });
        var result = await sink.WriteAsync(Sending.Batch(amendment, new LlmCallEnvelope(call), amendment), Token);
        result.Written.ShouldBe(1);
        result.Rejected!.Select(rejection => rejection.Sequence).ShouldBe([1L, 3L]);
        result.Rejected!.ShouldAllBe(rejection => rejection.Detail!.Contains("Signal") && rejection.Reason == LlmDropReason.Unsupported);
        (await sink.WriteAsync(Sending.Batch(amendment), Token)).Rejected!.Count.ShouldBe(1);
        server.Received.Count.ShouldBe(1);
    }

    private static LlmCall NewCall() => new()
    {
        Id = new Guid("019c0000-1111-7222-8333-444455556666"),
        StartedAt = StartedAt,
        RequestModel = "gpt-4.1",
        Outcome = LlmOutcome.Completed,
        Duration = TimeSpan.FromSeconds(1),
    };

    private static LlmAttempt Attempt(int ordinal, int from, int milliseconds) => new()
    {
        Ordinal = ordinal,
        StartedAt = StartedAt.AddMilliseconds(from),
        RequestModel = "gpt-4.1",
        Outcome = LlmOutcome.Completed,
        Duration = TimeSpan.FromMilliseconds(milliseconds),
    };

    private static LlmToolCall Tool(int ordinal, int from, int milliseconds) => new()
    {
        Ordinal = ordinal,
        StartedAt = StartedAt.AddMilliseconds(from),
        Name = "search",
        Outcome = LlmOutcome.Completed,
        Duration = TimeSpan.FromMilliseconds(milliseconds),
    };

    private static async Task<IReadOnlyList<OtlpRecord>> SendAsync(params LlmEnvelope[] envelopes)
    {
        await using var server = await OtlpServer.StartAsync();
        using var sink = Sending.Sink(server.Address, options => options.Signal = OtlpSignal.Spans);
        (await sink.WriteAsync(Sending.Batch(envelopes), Token)).Written.ShouldBe(envelopes.Length);
        return server.Received.ShouldHaveSingleItem().Records;
    }

    private static ActivityListener Listen(List<Activity> ended, ActivitySource source)
    {
        var listener = new ActivityListener
        {
            ShouldListenTo = candidate => candidate.Name == LlmTelemetry.ActivitySourceName || ReferenceEquals(candidate, source),
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = activity =>
            {
                lock (ended)
                {
                    ended.Add(activity);
                }
            },
        };
        ActivitySource.AddActivityListener(listener);
        return listener;
    }

    private static string Plain(JsonElement value)
    {
        var (kind, content) = value.EnumerateObject().Select(property => (property.Name, property.Value)).Single();
        return kind switch
        {
            "stringValue" => "text " + content.GetString(),
            "intValue" => "integer " + content.GetString(),
            "doubleValue" => "number " + content.GetDouble(),
            "boolValue" => "truth " + content.GetBoolean(),
            _ => "list " + string.Join("; ", content.GetProperty("values").EnumerateArray().Select(Plain)),
        };
    }

    private static string Plain(object? value) => value switch
    {
        string text => "text " + text,
        Guid id => "text " + id,
        int or long => "integer " + value,
        double number => "number " + number,
        bool truth => "truth " + truth,
        string[] list => "list " + string.Join("; ", list.Select(text => "text " + text)),
        _ => throw new InvalidOperationException($"No form for {value}."),
    };
}
