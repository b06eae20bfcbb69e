using System.Net;
using System.Net.Sockets;
using System.Text;

namespace LlmObservability.Tests.Http;

/// <summary>
/// A server on 127.0.0.1 that answers each request with the bytes that the test gives, so that headers come over a real
/// wire as they are. One request a connection.
/// </summary>
internal sealed class WireServer : IAsyncDisposable
{
    /// <summary>Closes the connection without a byte.</summary>
    public const string NoAnswer = "";

    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stopping = new();
    private readonly Func<string, string> _answer;
    private readonly Task _accepting;
    private int _requests;

    /// <param name="answer">Makes the answer to a request's body.</param>
    public WireServer(Func<string, string> answer)
    {
        _answer = answer;
        _listener.Start();
        Address = new Uri($"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}/v1/chat");
        _accepting = AcceptAsync();
    }

    /// <summary>Answers one after the other; the last one for all that follow.</summary>
    public WireServer(params string[] answers)
        : this(Take(answers))
    {
    }

    public Uri Address { get; }

    public int Requests => Volatile.Read(ref _requests);

    public static string Answer(int status, string body, params string[] headers) =>
        $"HTTP/1.1 {status} Said\r\nConnection: close\r\nContent-Length: {Encoding.UTF8.GetByteCount(body)}\r\n"
        + string.Concat(headers.Select(header => header + "\r\n")) + "\r\n" + body;

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        _listener.Stop();
        await _accepting;
        _stopping.Dispose();
        _listener.Dispose();
    }

    private static Func<string, string> Take(string[] answers)
    {
        var next = -1;
        return _ => answers[Math.Min(Interlocked.Increment(ref next), answers.Length - 1)];
    }

    private async Task AcceptAsync()
    {
        var serving = new List<Task>();
        try
        {
            while (!_stopping.IsCancellationRequested)
            {
                serving.Add(ServeAsync(await _listener.AcceptTcpClientAsync(_stopping.Token)));
            }
        }
        catch (Exception error) when (error is OperationCanceledException or SocketException)
        {
            // The test is over.
        }

        await Task.WhenAll(serving);
    }

    private async Task ServeAsync(TcpClient client)
    {
        using (client)
        {
            try
            {
                var stream = client.GetStream();
                var body = await ReadAsync(stream);
                Interlocked.Increment(ref _requests);
                await stream.WriteAsync(Encoding.UTF8.GetBytes(_answer(body)), _stopping.Token);
            }
            catch (Exception error) when (error is IOException or OperationCanceledException or SocketException or InvalidOperationException)
            {
                // The client went away.
            }
        }
    }

    private async Task<string> ReadAsync(NetworkStream stream)
    {
        var read = new List<byte>();
        var buffer = new byte[4096];
        while (true)
        {
            var text = Encoding.UTF8.GetString([.. read]);
            var head = text.IndexOf("\r\n\r\n", StringComparison.Ordinal);
            if (head >= 0 && text.Length - head - 4 >= Length(text[..head]))
            {
                return text[(head + 4)..];
            }

            var count = await stream.ReadAsync(buffer, _stopping.Token);
            if (count == 0)
            {
                throw new IOException("The request ended early.");
            }

            read.AddRange(buffer.AsSpan(0, count));
        }
    }

    private static int Length(string head)
    {
        const string Name = "Content-Length:";
        var line = head.Split("\r\n").FirstOrDefault(line => line.StartsWith(Name, StringComparison.OrdinalIgnoreCase));
        return line is null ? 0 : int.Parse(line[Name.Length..]);
    }
}
