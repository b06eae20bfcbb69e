using System.Net;
using System.Net.Sockets;
using System.Text;

namespace LlmObservability.OpenTelemetry.Tests.Otlp;

/// <summary>Takes connections, reads a request to its end, and answers with given bytes, whatever they are; then it closes. Stops at the end of the test.</summary>
internal sealed class RawServer : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly byte[] _answer;
    private readonly bool _readsBody;
    private int _requests;

    /// <param name="answer">What it answers.</param>
    /// <param name="readsBody">Whether it reads a request to its end first; else it answers the headers and resets the connection.</param>
    public RawServer(string answer, bool readsBody = true)
    {
        _answer = Encoding.Latin1.GetBytes(answer);
        _readsBody = readsBody;
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
                client.LingerState = new LingerOption(!_readsBody, 0);
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
        if (!_readsBody)
        {
            // Until the answer is there and the other side closes, or sends what nobody asked for.
            await stream.ReadExactlyAsync(new byte[1]).AsTask().ContinueWith(_ => { }, TaskScheduler.Default);
        }
    }

    private bool IsWhole(List<byte> request)
    {
        var text = Encoding.Latin1.GetString([.. request]);
        var end = text.IndexOf("\r\n\r\n", StringComparison.Ordinal);
        var length = text.IndexOf("Content-Length: ", StringComparison.OrdinalIgnoreCase);
        if (end < 0 || length < 0)
        {
            return false;
        }

        var value = text[(length + 16)..text.IndexOf('\r', length)];
        return !_readsBody || request.Count >= end + 4 + int.Parse(value);
    }
}
