using LlmObservability.Testing;
using LlmObservability.Tests.Chat;
using LlmObservability.Tests.Telemetry;
using Microsoft.Extensions.AI;

namespace LlmObservability.Tests.Tools;

/// <summary>Tools that the provider invokes by itself are rows as far as its answer tells of them.</summary>
public class HostedToolTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Each_kind_is_a_row_with_what_the_answer_tells(bool streaming)
    {
        await using var observing = new Observing();
        using var listening = new Listening(observing, spans: false);
        observing.Inner.FirstAnswers(
            new McpServerToolCallContent("m-1", "forecast", "weather"),
            new McpServerToolResultContent("m-1") { Outputs = [new TextContent("a secret")] },
            new CodeInterpreterToolCallContent("c-1") { Inputs = [new TextContent("a secret")] },
            new CodeInterpreterToolCallContent("c-1") { Inputs = [new TextContent("more of it")] },
            new CodeInterpreterToolResultContent("c-1") { Outputs = [new TextContent("out"), new ErrorContent("a secret") { ErrorCode = "timed_out" }] },
            new WebSearchToolCallContent("w-1"),
            new WebSearchToolResultContent("w-1") { Outputs = [new ErrorContent("a secret") { ErrorCode = "a secret message" }] },
            new ImageGenerationToolResultContent("i-1"),
            new TextContent("Done."));

        await ToolInsideCallTests.AskAsync(observing.Client, streaming);

        var call = await observing.OnlyCallAsync();
        var rows = await observing.RowsAsync();
        rows.ShouldAllBe(row => row.CallId == call.Id && row.Row.StartedAt == call.StartedAt && row.Row.Duration == TimeSpan.Zero);
        rows.Select(row => (row.Row.Ordinal, row.Row.Name, row.Row.Type, row.Row.ToolCallId, row.Row.Outcome, row.Row.ErrorType)).ShouldBe(
        [
            (1, "forecast", "mcp", "m-1", LlmOutcome.Completed, null),
            (2, "code_interpreter", "code_interpreter", "c-1", LlmOutcome.Failed, "timed_out"),
            (3, "web_search", "web_search", "w-1", LlmOutcome.Failed, null),
            (4, "image_generation", "image_generation", "i-1", LlmOutcome.Completed, null),
        ]);
        call.ToolCallCount.ShouldBe(0, "what the provider invoked by itself nobody was asked for");
        listening.Recorded("llm_observability.tool_calls").Select(heard => (heard.Tags["gen_ai.tool.name"], heard.Tags.GetValueOrDefault("error.type")))
            .ShouldBe([("forecast", null), ("code_interpreter", "timed_out"), ("web_search", "_OTHER"), ("image_generation", null)]);
        listening.Recorded("llm_observability.tool_call.duration").ShouldBeEmpty("nobody knows it");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task They_stand_before_the_functions_that_run_after_the_call(bool streaming)
    {
        await using var observing = new Observing();
        var look = ToolInsideCallTests.Look(observing);
        observing.Inner.FirstAnswers(
            ToolScripts.Ask("look", "id-1"), new WebSearchToolCallContent("w-1"), new WebSearchToolCallContent("w-2"), ToolScripts.Ask("look", "id-2"));
        await ToolInsideCallTests.AskAsync(new ToolInvokingClient(observing.Client, look), streaming);

        var rows = await observing.RowsAsync();
        rows.Select(row => (row.Row.Ordinal, row.Row.ToolCallId)).ShouldBe([(1, "w-1"), (2, "w-2"), (3, "id-1"), (4, "id-2")]);
        rows.Select(row => row.CallId).Distinct().Count().ShouldBe(1);
        (await observing.CallsAsync()).Sum(call => call.ToolCallCount).ShouldBe(2);
    }

    [Fact]
    public async Task Without_ids_each_call_is_one_and_a_result_belongs_to_the_one_before()
    {
        await using var observing = new Observing();
        observing.Inner.FirstAnswers(
            new WebSearchToolCallContent(""), new WebSearchToolResultContent(""), new WebSearchToolCallContent(""), new CodeInterpreterToolResultContent(""));
        await ToolInsideCallTests.AskAsync(observing.Client, streaming: false);

        (await observing.RowsAsync()).Select(row => (row.Row.Type, row.Row.ToolCallId)).ShouldBe(
            [("web_search", null), ("web_search", null), ("code_interpreter", null)]);
    }

    [Fact]
    public async Task A_call_that_is_answered_from_a_cache_invoked_none()
    {
        await using var observing = new Observing();
        observing.Inner.Respond = (_, _, _) =>
        {
            LlmCurrentCall.MarkCached();
            return Task.FromResult(ToolInsideCallTests.Answer(new WebSearchToolCallContent("w-1")));
        };
        await ToolInsideCallTests.AskAsync(observing.Client, streaming: false);

        (await observing.OnlyCallAsync()).Cached.ShouldBeTrue();
        (await observing.RowsAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task What_only_informs_and_what_waits_for_an_approval_was_not_asked_for()
    {
        await using var observing = new Observing();
        var look = ToolInsideCallTests.Look(observing);
        observing.Inner.FirstAnswers(
            new FunctionCallContent("id-1", "look") { InformationalOnly = true },
            new ToolApprovalRequestContent("a-1", new McpServerToolCallContent("m-1", "forecast", "weather")));
        await ToolInsideCallTests.AskAsync(observing.Client, streaming: false);
        await look.InvokeAsync(null, TestContext.Current.CancellationToken);

        observing.Alone().ShouldBeEmpty();
        (await observing.OnlyRowAsync()).Row.ToolCallId.ShouldBeNull();
    }

    [Fact]
    public async Task An_answer_beyond_all_measure_costs_a_bounded_number_of_rows()
    {
        await using var observing = new Observing();
        observing.Inner.FirstAnswers([.. Enumerable.Range(0, 5_000).Select(i => new WebSearchToolCallContent($"w-{i}"))]);
        await ToolInsideCallTests.AskAsync(observing.Client, streaming: true);
        (await observing.RowsAsync()).Count.ShouldBe(256);
    }
}
