using LlmObservability.Clients.Tests.Matrix;
using LlmObservability.Clients.Tests.Wire;
using LlmObservability.Sinks;
using Microsoft.Extensions.AI;

namespace LlmObservability.Clients.Tests.Mcp;

/// <summary>A tool of a real MCP server, wrapped: it is recognised without its package, and is a row of the call that asked for it.</summary>
public class McpRowTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Between_two_calls_it_belongs_to_the_first()
    {
        var driver = Drivers.Named("anthropic");
        await using var mcp = await WeatherOverMcp.StartAsync(Token);
        await using var server = new WireServer(driver.Reply(new Answer { Text = "", ToolCalls = 1, Finish = "tool_calls" }, streamed: false));
        await using var watch = new Watch(server);
        var weather = mcp.Weather.WithLlmObservability(watch.Observer);
        using (LlmScope.Begin(("feature", "weather")))
        {
            var asked = await watch.Wrap(driver.Connect(server.Uri)).GetResponseAsync("a secret prompt", new ChatOptions { Tools = [weather] }, Token);
            var call = asked.Messages.SelectMany(message => message.Contents).OfType<FunctionCallContent>().ShouldHaveSingleItem();
            (await weather.InvokeAsync(new AIFunctionArguments(call.Arguments), Token))!.ToString()!.ShouldContain("Sunny in Oslo");
        }

        var stored = await watch.OnlyCallAsync();
        var envelope = watch.Sink.Batches.SelectMany(batch => batch.Envelopes).OfType<LlmToolCallEnvelope>().ShouldHaveSingleItem();
        (envelope.CallId, envelope.CallStartedAt).ShouldBe((stored.Id, stored.StartedAt));
        var tool = envelope.ToolCall;
        (tool.Name, tool.Type, tool.Outcome, tool.ToolCallId, tool.Ordinal).ShouldBe((Answer.ToolName, "mcp", LlmOutcome.Completed, "toolu_1", 1));
    }

    [Fact]
    public async Task Inside_a_call_that_runs_tools_it_travels_with_it_and_a_failure_is_one_though_nothing_is_thrown()
    {
        await using var mcp = await WeatherOverMcp.StartAsync(Token);
        await using var server = new WireServer(WireReply.Json("{}"));
        await using var watch = new Watch(server);
        var fails = mcp.Fails.WithLlmObservability(watch.Observer);
        using var inner = new Invoking(fails);
        using var client = watch.Wrap(inner);
        await client.GetResponseAsync("a secret prompt", cancellationToken: Token);

        await watch.OnlyCallAsync();
        var tool = watch.Sink.Batches.SelectMany(batch => batch.Envelopes).OfType<LlmCallEnvelope>().ShouldHaveSingleItem().ToolCalls.ShouldHaveSingleItem();
        (tool.Name, tool.Type, tool.Outcome).ShouldBe((WeatherOverMcp.Failing, "mcp", LlmOutcome.Failed));
        tool.ErrorType.ShouldNotBeNull().ShouldNotContain("secret");
    }

    /// <summary>A client that calls a tool before it answers.</summary>
    private sealed class Invoking(AIFunction tool) : IChatClient
    {
        public async Task<ChatResponse> GetResponseAsync(
            IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
        {
            await tool.InvokeAsync(new AIFunctionArguments(), cancellationToken);
            return new ChatResponse(new ChatMessage(ChatRole.Assistant, "done"));
        }

        public IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
            IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default) =>
            throw new NotSupportedException();

        public object? GetService(Type serviceType, object? serviceKey = null) => null;

        public void Dispose()
        {
        }
    }
}
