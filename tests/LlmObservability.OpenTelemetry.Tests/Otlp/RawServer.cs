using System.Net;
using System.Net.Sockets;
using System.Text;

namespace LlmObservability.OpenTelemetry.Tests.Otlp;

/// <summary>Takes connections, reads a request to its end, and answers with given bytes, whatever they are; then it closes. Stops at the end of the test.</summary>
internal sealed class RawServer : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly byte[] _answer;
    private int _requests;

    public RawServer(string answer)
    {
        _answer = Encoding.Latin1.GetBytes(answer);
        _listener.Start();
        _ = AcceptAsync();
    }

    public int Requests => Volatile.Read(ref _requests);

    public Uri Address => new($"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}");

    public void Dispose() => _listener.Dispose();

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                using var client = await _listener.AcceptTcpClientAsync();
                await AnswerAsync(client.GetStream());
            }
        }
        catch (Exception error) when (error is SocketException or ObjectDisposedException or IOException)
        {
            // The test is over.
        }
    }

    private async Task AnswerAsync(NetworkStream stream)
    {
        var request = new List<byte>();
        var buffer = new byte[8_192];
        while (!IsWhole(request))
        {
            var read = await stream.ReadAsync(buffer);
            if (read == 0)
            {
                return;
            }

            request.AddRange(buffer.AsSpan(0, read));
        }

        Interlocked.Increment(ref _requests);
        await stream.WriteAsync(_answer);
    }

    private static bool IsWhole(List<byte> request)
    {
        var text = Encoding.Latin1.GetString([.. request]);
        var end = text.IndexOf("\r\n\r\n", StringComparison.Ordinal);
        var length = text.IndexOf("Content-Length: ", StringComparison.OrdinalIgnoreCase);
        if (end < 0 || length < 0)
        {
            return false;
        }

        var value = text[(length + 16)..text.IndexOf('\r', length)];
        return request.Count >= end + 4 + int.Parse(value);
    }
}
