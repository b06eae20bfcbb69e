using System.IO.Pipelines;
using LlmObservability.Clients.Tests.Matrix;
using ModelContextProtocol.Client;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;

namespace LlmObservability.Clients.Tests.Mcp;

/// <summary>A server with two tools and its client, in this process, over pipes.</summary>
internal sealed class WeatherOverMcp : IAsyncDisposable
{
    public const string Failing = "fails";

    private readonly McpServer _server;
    private readonly Task _running;
    private readonly McpClient _client;

    private WeatherOverMcp(McpServer server, Task running, McpClient client, IList<McpClientTool> tools)
    {
        (_server, _running, _client) = (server, running, client);
        Weather = tools.Single(tool => tool.Name == Answer.ToolName);
        Fails = tools.Single(tool => tool.Name == Failing);
    }

    public McpClientTool Weather { get; }

    public McpClientTool Fails { get; }

    public static async Task<WeatherOverMcp> StartAsync(CancellationToken cancellationToken)
    {
        var (up, down) = (new Pipe(), new Pipe());
        var server = McpServer.Create(
            new StreamServerTransport(up.Reader.AsStream(), down.Writer.AsStream(), "weather"),
            new McpServerOptions
            {
                ServerInfo = new Implementation { Name = "weather", Version = "1" },
                ToolCollection =
                [
                    McpServerTool.Create((string city) => $"Sunny in {city}", new McpServerToolCreateOptions { Name = Answer.ToolName }),
                    McpServerTool.Create(string () => throw new InvalidOperationException("a secret"), new McpServerToolCreateOptions { Name = Failing }),
                ],
            });
        var running = server.RunAsync(CancellationToken.None);
        var client = await McpClient.CreateAsync(
            new StreamClientTransport(up.Writer.AsStream(), down.Reader.AsStream()), cancellationToken: cancellationToken);
        return new WeatherOverMcp(server, running, client, await client.ListToolsAsync(cancellationToken: cancellationToken));
    }

    public async ValueTask DisposeAsync()
    {
        await _client.DisposeAsync();
        await _server.DisposeAsync();
        await _running;
    }
}
