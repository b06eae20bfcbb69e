using System.Net.Sockets;
using System.Text;

namespace LlmObservability.Api;

/// <summary>What live feeds hold whose readers do not read, while calls come in.</summary>
internal static class LiveFigures
{
    private const int Bursts = 100;
    private const int CallsABurst = 200;

    public static async Task WriteAsync(MeasuredApi api, int feeds)
    {
        await FillAsync(api);
        var before = GC.GetTotalMemory(forceFullCollection: true);
        var clients = new List<TcpClient>();
        for (var i = 0; i < feeds; i++)
        {
            var client = new TcpClient { ReceiveBufferSize = 4096 };
            await client.ConnectAsync(api.Address.Host, api.Address.Port);
            await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes($"GET {api.Address.AbsolutePath}live HTTP/1.1\r\nHost: {api.Address.Authority}\r\n\r\n"));
            clients.Add(client);
        }

        await FillAsync(api);
        var held = GC.GetTotalMemory(forceFullCollection: true) - before;
        Console.WriteLine($"{feeds} live feeds that nobody reads, after {Bursts * CallsABurst:N0} calls: {held / feeds / 1024.0:N0} KiB each besides the sockets' own buffers");
        clients.ForEach(client => client.Dispose());
    }

    private static async Task FillAsync(MeasuredApi api)
    {
        for (var burst = 0; burst < Bursts; burst++)
        {
            await api.FillAsync(CallsABurst);
            await Task.Delay(TimeSpan.FromMilliseconds(100));
        }
    }
}
