using System.Diagnostics;
using LlmObservability.Testing;
using LlmObservability.Tests.Chat;
using LlmObservability.Tests.Telemetry;
using Microsoft.Extensions.AI;

namespace LlmObservability.Tests.Tools;

/// <summary>Tools that run outside of any call are tied to the call that asked for them, or are records of their own.</summary>
public class ToolAfterCallTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(false, false)]
    [InlineData(false, true)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public async Task A_function_invoking_client_around_ours_has_its_tools_tied_to_the_call_that_asked(bool streaming, bool spans)
    {
        await using var observing = new Observing();
        using var listening = spans ? new Listening(observing) : null;
        using var request = spans ? new Activity("request").Start() : null;
        observing.Inner.FirstAnswers(ToolScripts.Ask("look", "id-1"), ToolScripts.Ask("look", "id-2"));
        var client = new ToolInvokingClient(observing.Client, ToolInsideCallTests.Look(observing)) { Spans = spans };

        await ToolInsideCallTests.AskAsync(client, streaming);

        var calls = (await observing.CallsAsync()).OrderBy(call => call.StartedAt).ToList();
        calls.Count.ShouldBe(2);
        var asking = calls.Single(call => call.ToolCallCount == 2);
        var rows = await observing.RowsAsync();
        rows.Select(row => (row.CallId, row.Row.Ordinal, row.Row.ToolCallId)).ShouldBe([(asking.Id, 1, "id-1"), (asking.Id, 2, "id-2")]);
        observing.Alone().Count.ShouldBe(2);
        observing.Alone().ShouldAllBe(envelope => envelope.CallStartedAt == asking.StartedAt);
    }

    [Fact]
    public async Task The_id_of_a_span_decides_whatever_its_trace()
    {
        await using var observing = new Observing();
        using var listening = new Listening(observing);
        var look = ToolInsideCallTests.Look(observing);
        await AskInTraceAsync(observing, "id-1");
        await AskInTraceAsync(observing, "id-2");
        await AskInTraceAsync(observing, "id-3");
        var calls = await observing.CallsAsync();

        await InSpanAsync("id-2", look);
        await InSpanAsync("id-1", look);
        await InSpanAsync("never asked", look);

        var rows = await observing.RowsAsync();
        rows.Single(row => row.Row.ToolCallId == "id-1").CallId.ShouldBe(calls[0].Id);
        rows.Single(row => row.Row.ToolCallId == "id-2").CallId.ShouldBe(calls[1].Id);
        var other = rows.Single(row => row.Row.ToolCallId == "never asked");
        (await observing.CallsAsync()).Single(call => call.Id == other.CallId).Operation.ShouldBe("execute_tool");
        listening.Spans.Count(span => span.OperationName.StartsWith("execute_tool", StringComparison.Ordinal)).ShouldBe(0);
    }

    [Fact]
    public async Task Without_an_id_the_trace_decides()
    {
        await using var observing = new Observing();
        var look = ToolInsideCallTests.Look(observing);
        using var first = new Activity("first").Start();
        await AskAsync(observing, "id-1");
        first.Stop();
        using var second = new Activity("second").Start();
        await AskAsync(observing, "id-2");
        second.Stop();
        var calls = await observing.CallsAsync();

        using (new Activity("inside the first").SetParentId(first.TraceId, first.SpanId).Start())
        {
            await look.InvokeAsync(null, Token);
        }

        var (callId, row) = await observing.OnlyRowAsync();
        (callId, row.ToolCallId).ShouldBe((calls[0].Id, "id-1"));
        using (new Activity("another").Start())
        {
            await look.InvokeAsync(null, Token);
        }

        (await observing.CallsAsync()).Count(call => call.Operation == "execute_tool").ShouldBe(1);
    }

    [Fact]
    public async Task Without_a_trace_the_scope_decides()
    {
        await using var observing = new Observing();
        var look = ToolInsideCallTests.Look(observing);
        using (LlmScope.Begin(("route", "/one")))
        {
            await AskAsync(observing, "id-1");
            using (LlmScope.Begin(("route", "/two")))
            {
                await AskAsync(observing, "id-2");
            }

            await look.InvokeAsync(null, Token);
        }

        var calls = await observing.CallsAsync();
        var (callId, row) = await observing.OnlyRowAsync();
        (callId, row.ToolCallId).ShouldBe((calls[0].Id, "id-1"));
        await look.InvokeAsync(null, Token);
        (await observing.CallsAsync()).Count(call => call.Operation == "execute_tool").ShouldBe(1);
    }

    [Fact]
    public async Task With_neither_the_name_decides_and_the_newest_call_counts()
    {
        await using var observing = new Observing();
        var look = ToolInsideCallTests.Look(observing);
        await AskAsync(observing, "id-1");
        await AskAsync(observing, "id-2", "id-3");
        var calls = await observing.CallsAsync();
        for (var i = 0; i < 4; i++)
        {
            await look.InvokeAsync(null, Token);
        }

        var rows = (await observing.RowsAsync()).Select(row => (row.CallId, row.Row.Ordinal, row.Row.ToolCallId)).ToList();
        rows[..3].ShouldBe([(calls[0].Id, 1, "id-1"), (calls[1].Id, 1, "id-2"), (calls[1].Id, 2, "id-3")], ignoreOrder: true);
        (await observing.CallsAsync()).Single(call => call.Operation == "execute_tool").Id.ShouldBe(rows[3].CallId);
    }

    [Fact]
    public async Task A_call_in_a_scope_is_not_found_by_the_name_alone()
    {
        await using var observing = new Observing();
        var look = ToolInsideCallTests.Look(observing);
        using (LlmScope.Begin(("route", "/one")))
        {
            await AskAsync(observing, "id-1");
        }

        await look.InvokeAsync(null, Token);

        var (callId, row) = await observing.OnlyRowAsync();
        row.ToolCallId.ShouldBeNull();
        (await observing.CallsAsync()).Single(call => call.Id == callId).Operation.ShouldBe("execute_tool");
    }

    [Fact]
    public async Task A_span_of_the_call_that_nothing_is_around_does_not_hide_it()
    {
        await using var observing = new Observing();
        using var listening = new Listening(observing);
        var look = ToolInsideCallTests.Look(observing);
        Activity.Current.ShouldBeNull();
        await AskAsync(observing, "id-1");

        await look.InvokeAsync(null, Token);

        (await observing.OnlyRowAsync()).CallId.ShouldBe((await observing.OnlyCallAsync()).Id);
    }

    [Fact]
    public async Task What_a_failed_call_asked_for_is_not_waited_for_and_what_an_abandoned_one_asked_for_is()
    {
        await using var observing = new Observing();
        var look = ToolInsideCallTests.Look(observing);
        observing.Inner.Stream = (_, _, _) => Breaking();
        await Should.ThrowAsync<TimeoutException>(() => ToolInsideCallTests.AskAsync(observing.Client, streaming: true));
        await look.InvokeAsync(null, Token);
        observing.Alone().ShouldBeEmpty();

        await foreach (var _ in observing.Client.GetStreamingResponseAsync(Observing.Hello, cancellationToken: Token))
        {
            break;
        }

        await look.InvokeAsync(null, Token);
        await observing.RowsAsync();
        observing.Alone().ShouldHaveSingleItem().ToolCall.ToolCallId.ShouldBe("id-1");

        static async IAsyncEnumerable<ChatResponseUpdate> Breaking()
        {
            await Task.Yield();
            yield return new ChatResponseUpdate(ChatRole.Assistant, [ToolScripts.Ask("look", "id-1")]);
            throw new TimeoutException();
        }
    }

    [Fact]
    public async Task One_by_itself_is_a_record_that_costs_nothing_and_used_nothing()
    {
        var time = new ManualTimeProvider();
        await using var observing = new Observing(time: time);
        using var listening = new Listening(observing, spans: false);
        using var around = new Activity("around").Start();
        var tool = new ScriptedFunction("look", async (_, _) =>
        {
            await Task.Yield();
            time.Advance(TimeSpan.FromSeconds(2));
            throw new TimeoutException();
        }).WithLlmObservability(observing.Observer);
        LlmScope scope;
        using (scope = LlmScope.Begin(("tenant", "acme")))
        {
            await Should.ThrowAsync<TimeoutException>(async () => await tool.InvokeAsync(null, Token));
        }

        var call = await observing.OnlyCallAsync();
        call.ShouldBe(new LlmCall
        {
            Id = call.Id,
            StartedAt = time.GetUtcNow().AddSeconds(-2),
            TraceId = around.TraceId.ToHexString(),
            ParentSpanId = around.SpanId.ToHexString(),
            Tags = call.Tags,
            Operation = "execute_tool",
            Outcome = LlmOutcome.Failed,
            ErrorType = "System.TimeoutException",
            AttemptCount = 0,
            Tokens = new LlmTokens { Source = LlmUsageSource.Reported },
            Cost = default(LlmCost),
            CostReason = LlmCostReason.NoModel,
            Duration = TimeSpan.FromSeconds(2),
            ProviderTime = TimeSpan.FromSeconds(2),
        });
        call.Tags.Tenant.ShouldBe("acme");
        var (callId, row) = await observing.OnlyRowAsync();
        (callId, row.Ordinal, row.Outcome, row.Duration).ShouldBe((call.Id, 1, LlmOutcome.Failed, TimeSpan.FromSeconds(2)));
        listening.Sum("llm_observability.requests.unpriced").ShouldBe(0);
        listening.Sum("llm_observability.requests").ShouldBe(0);
        scope.LastCall.ShouldBeNull("a tool is no call of a model");
        observing.Observer.GetStatistics().Calls.ShouldBe(1);
    }

    [Fact]
    public async Task Many_at_once_each_take_one_request()
    {
        const int Many = 200;
        await using var observing = new Observing();
        var look = ToolInsideCallTests.Look(observing);
        await AskAsync(observing, [.. Enumerable.Range(0, Many).Select(i => $"id-{i}")]);
        await Task.WhenAll(Enumerable.Range(0, Many).Select(_ => Task.Run(() => look.InvokeAsync(null, Token).AsTask(), Token)));

        var call = await observing.OnlyCallAsync();
        var rows = await observing.RowsAsync();
        rows.ShouldAllBe(row => row.CallId == call.Id);
        rows.Select(row => row.Row.Ordinal).ShouldBe(Enumerable.Range(1, Many));
        rows.Select(row => row.Row.ToolCallId).ShouldBe(Enumerable.Range(0, Many).Select(i => $"id-{i}"));
    }

    private static Task AskAsync(Observing observing, params string[] ids)
    {
        observing.Inner.Respond = (_, _, _) => Task.FromResult(ToolInsideCallTests.Answer([.. ids.Select(id => ToolScripts.Ask("look", id))]));
        return ToolInsideCallTests.AskAsync(observing.Client, streaming: false);
    }

    private static async Task AskInTraceAsync(Observing observing, string id)
    {
        using var trace = new Activity("trace").Start();
        await AskAsync(observing, id);
    }

    private static async Task InSpanAsync(string id, AIFunction tool)
    {
        using var span = new Activity("execute_tool look").AddTag("gen_ai.tool.name", "look").AddTag("gen_ai.tool.call.id", id).Start();
        await tool.InvokeAsync(null, Token);
        span.GetTagItem("gen_ai.tool.type").ShouldBe("function");
    }
}
