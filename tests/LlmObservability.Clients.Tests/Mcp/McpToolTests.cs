using System.Text.Json;
using Microsoft.Extensions.AI;
using ModelContextProtocol.Client;

namespace LlmObservability.Clients.Tests.Mcp;

/// <summary>What a tool over the protocol looks like to who does not reference its package.</summary>
public class McpToolTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task It_is_a_function_that_its_types_name_alone_tells_from_another()
    {
        await using var mcp = await WeatherOverMcp.StartAsync(Token);
        AITool tool = mcp.Weather;

        tool.GetType().FullName.ShouldBe("ModelContextProtocol.Client.McpClientTool");
        tool.GetType().Assembly.GetName().Name.ShouldBe("ModelContextProtocol.Core");
        tool.GetType().BaseType.ShouldBe(typeof(AIFunction));
        tool.GetType().IsSealed.ShouldBeTrue();
        tool.AdditionalProperties.ShouldBeEmpty();
        ((AIFunction)tool).UnderlyingMethod.ShouldBeNull();
        tool.GetService<McpClient>().ShouldBeNull();
    }

    [Fact]
    public async Task Inside_a_wrapper_it_answers_to_its_type()
    {
        await using var mcp = await WeatherOverMcp.StartAsync(Token);
        AITool wrapped = new Wrapper(mcp.Weather);

        wrapped.GetService<AIFunction>().ShouldBeSameAs(wrapped);
        wrapped.GetService<McpClientTool>().ShouldBeSameAs(mcp.Weather);
        mcp.Weather.WithName("renamed").ShouldBeOfType<McpClientTool>().Name.ShouldBe("renamed");
    }

    [Fact]
    public async Task A_tool_that_fails_returns_its_error_and_throws_nothing()
    {
        await using var mcp = await WeatherOverMcp.StartAsync(Token);
        var result = await mcp.Fails.InvokeAsync(cancellationToken: Token);

        result.ShouldBeOfType<JsonElement>().GetProperty("isError").GetBoolean().ShouldBeTrue();
    }

    private sealed class Wrapper(AIFunction inner) : DelegatingAIFunction(inner);
}
