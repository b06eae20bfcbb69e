using System.Net.Sockets;
using System.Text;
using LlmObservability.Dashboard.Tests.Host;

namespace LlmObservability.Dashboard.Tests.Streams;

/// <summary>Asks, and reads nothing.</summary>
internal static class SilentClient
{
    public static async Task<TcpClient> OpenAsync(ApiHost host, string path)
    {
        var client = new TcpClient { ReceiveBufferSize = 4096 };
        await client.ConnectAsync(host.Address.Host, host.Address.Port, TestContext.Current.CancellationToken);
        var request = $"GET /llm/api/v1/{path} HTTP/1.1\r\nHost: {host.Address.Authority}\r\n\r\n";
        await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(request), TestContext.Current.CancellationToken);
        return client;
    }
}
