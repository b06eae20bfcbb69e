using System.Collections.Concurrent;
using System.Diagnostics;
using LlmObservability.Clients.Tests.Matrix;
using LlmObservability.Clients.Tests.Wire;
using Microsoft.Extensions.AI;

namespace LlmObservability.Clients.Tests.Mcp;

/// <summary>A model asks for a tool, the application calls it over the protocol, and the model answers with its result.</summary>
public class McpConversationTests
{
    private const string Source = "Experimental.ModelContextProtocol";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static MatrixTheoryData<string, bool> Cases() => new(Drivers.All.Select(driver => driver.Name), [false, true]);

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task Both_calls_are_stored_and_the_tool_runs_between_them(string client, bool streamed)
    {
        var driver = Drivers.Named(client);
        await using var mcp = await WeatherOverMcp.StartAsync(Token);
        await using var server = new WireServer(
            driver.Reply(new Answer { Text = "", ToolCalls = 1, Finish = "tool_calls" }, streamed),
            driver.Reply(new Answer { Text = "It is sunny", Input = 1_100, Output = 20 }, streamed));
        await using var watch = new Watch(server);
        var toolSpans = new ConcurrentQueue<Activity>();
        using var application = new Activity("application").Start();
        using var listener = ListenToTools(application.TraceId, toolSpans);

        var messages = new List<ChatMessage> { new(ChatRole.User, "a secret prompt") };
        var options = new ChatOptions { Tools = [mcp.Weather] };
        var model = watch.Wrap(driver.Connect(server.Uri));
        var asked = await AnswerAsync(model, messages, options, streamed);
        messages.AddRange(asked.Messages);
        var call = asked.Messages.SelectMany(message => message.Contents).OfType<FunctionCallContent>().ShouldHaveSingleItem();
        var result = await mcp.Weather.InvokeAsync(new AIFunctionArguments(call.Arguments), Token);
        messages.Add(new ChatMessage(ChatRole.Tool, [new FunctionResultContent(call.CallId, result)]));
        (await AnswerAsync(model, messages, options, streamed)).Text.ShouldBe("It is sunny");

        server.Requests.Count.ShouldBe(2);
        server.Requests[0].Body.ShouldContain(Answer.ToolName);
        server.Requests[1].Body.ShouldContain("Sunny in Oslo");
        var calls = await watch.CallsAsync();
        calls.Select(stored => stored.Outcome).ShouldBe([LlmOutcome.Completed, LlmOutcome.Completed]);
        calls.Select(stored => stored.ToolCallCount).ShouldBe([1, 0]);
        calls.Select(stored => stored.FinishReason).ShouldBe(["tool_calls", "stop"]);
        calls.Select(stored => stored.Tokens.Input).ShouldBe([1_000, 1_100]);
        calls.Select(stored => stored.Tokens.Output).ShouldBe([50, 20]);
        calls.ShouldAllBe(stored => stored.Cost != null && stored.TraceId == application.TraceId.ToHexString());
        watch.Spans.Own.Select(span => span.ParentSpanId).ShouldBe([application.SpanId, application.SpanId]);

        // One span for each side; the tool is the application's doing, not a part of a call to the model.
        toolSpans.Select(span => span.Kind).Order().ShouldBe([ActivityKind.Server, ActivityKind.Client]);
        toolSpans.ShouldAllBe(span => Equals(span.GetTagItem("gen_ai.operation.name"), "execute_tool"));
        toolSpans.Single(span => span.Kind == ActivityKind.Client).ParentSpanId.ShouldBe(application.SpanId);
    }

    private static async Task<ChatResponse> AnswerAsync(IChatClient model, List<ChatMessage> messages, ChatOptions options, bool streamed) => streamed
        ? await model.GetStreamingResponseAsync(messages, options, Token).ToChatResponseAsync(Token)
        : await model.GetResponseAsync(messages, options, Token);

    private static ActivityListener ListenToTools(ActivityTraceId trace, ConcurrentQueue<Activity> ended)
    {
        var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == Source,
            Sample = (ref ActivityCreationOptions<ActivityContext> options) =>
                options.TraceId == trace ? ActivitySamplingResult.AllDataAndRecorded : ActivitySamplingResult.None,
            ActivityStopped = ended.Enqueue,
        };
        ActivitySource.AddActivityListener(listener);
        return listener;
    }
}
