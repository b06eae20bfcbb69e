using System.Net;
using System.Net.Sockets;
using System.Text;

namespace LlmObservability.Testing.Otlp;

/// <summary>
/// A receiver of OTLP logs over HTTP on 127.0.0.1 that behaves to each request as it is told: bytes on a socket, since what
/// fails here a web server would not send. Keeps what it took by id. Thread-safe.
/// </summary>
public sealed class OtlpFaultServer : IAsyncDisposable
{
    private static readonly byte[] GarbageBytes = [0x16, 0x03, 0x01, 0x00, 0xff, 0x0a, 0x0d, 0x0a, 0x00, 0x42];

    private readonly object _gate = new();
    private readonly CancellationTokenSource _ending = new();
    private readonly HashSet<Socket> _open = [];
    private readonly Dictionary<string, OtlpRecord> _taken = [];
    private readonly List<string> _differing = [];
    private Socket? _listener;
    private int _requests;
    private int _again;

    /// <summary>Begins to listen on a free port.</summary>
    public OtlpFaultServer()
    {
        _listener = Listen(0);
        Port = ((IPEndPoint)_listener.LocalEndPoint!).Port;
    }

    /// <summary>Stays the same while it is down.</summary>
    public int Port { get; }

    public Uri Address => new($"http://127.0.0.1:{Port}");

    /// <summary>What it does to a request, told by its records. Default: takes them.</summary>
    public Func<IReadOnlyList<OtlpRecord>, OtlpAnswer> Answer { get; set; } = static _ => OtlpAnswer.Taken;

    /// <summary>Requests that came whole.</summary>
    public int Requests => Volatile.Read(ref _requests);

    /// <summary>Records that came again under an id that was there.</summary>
    public int Again => Volatile.Read(ref _again);

    /// <summary>What it took, each id once.</summary>
    public IReadOnlyList<OtlpRecord> Taken
    {
        get
        {
            lock (_gate)
            {
                return [.. _taken.Values];
            }
        }
    }

    /// <summary>Ids under which something else came the second time.</summary>
    public IReadOnlyList<string> Differing
    {
        get
        {
            lock (_gate)
            {
                return [.. _differing];
            }
        }
    }

    /// <summary>From now on connections are refused, and those there are end.</summary>
    public Task GoDownAsync()
    {
        lock (_gate)
        {
            _listener?.Dispose();
            _listener = null;
            foreach (var socket in _open)
            {
                socket.Dispose();
            }
        }

        return Task.CompletedTask;
    }

    /// <summary>Listens again.</summary>
    public Task ComeUpAsync()
    {
        lock (_gate)
        {
            _listener ??= Listen(Port);
        }

        return Task.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        await GoDownAsync();
        await _ending.CancelAsync();
        _ending.Dispose();
    }

    private Socket Listen(int port)
    {
        var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, true);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, port));
        listener.Listen();
        _ = AcceptAsync(listener, _ending.Token);
        return listener;
    }

    private async Task AcceptAsync(Socket listener, CancellationToken ending)
    {
        try
        {
            while (true)
            {
                var socket = await listener.AcceptAsync(ending);
                _ = ServeAsync(socket, ending);
            }
        }
        catch (Exception closed) when (closed is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // It went down.
        }
    }

    private async Task ServeAsync(Socket socket, CancellationToken ending)
    {
        lock (_gate)
        {
            _open.Add(socket);
        }

        try
        {
            using var stream = new NetworkStream(socket, ownsSocket: true);
            while (await HttpMessage.ReadAsync(stream, ending) is { } body)
            {
                if (!await AnswerAsync(stream, body, ending))
                {
                    return;
                }
            }
        }
        catch (Exception broken) when (broken is IOException or OperationCanceledException or ObjectDisposedException or SocketException)
        {
            // The client left, or this went down.
        }
        finally
        {
            lock (_gate)
            {
                _open.Remove(socket);
            }

            socket.Dispose();
        }
    }

    /// <summary>Whether the connection goes on.</summary>
    private async Task<bool> AnswerAsync(NetworkStream stream, byte[] body, CancellationToken ending)
    {
        Interlocked.Increment(ref _requests);
        var records = OtlpRecord.Read(body);
        var answer = Answer(records);
        if (answer.Takes)
        {
            Take(records.Except(answer.But));
        }

        var retryAfter = answer.RetryAfter is { } seconds ? $"Retry-After: {seconds}\r\n" : "";
        var whole = Encoding.ASCII.GetBytes(
            $"HTTP/1.1 {answer.Status} Answer\r\n{retryAfter}Content-Type: {answer.ContentType}\r\nContent-Length: {answer.Body.Length}\r\n\r\n{answer.Body}");
        switch (answer.End)
        {
            case OtlpAnswerEnd.Whole:
                await stream.WriteAsync(whole, ending);
                return true;
            case OtlpAnswerEnd.Cut:
                await stream.WriteAsync(whole.AsMemory(0, whole.Length - (answer.Body.Length / 2)), ending);
                return false;
            case OtlpAnswerEnd.Garbage:
                await stream.WriteAsync(GarbageBytes, ending);
                return false;
            case OtlpAnswerEnd.Hanging:
                // Until the client has enough of it.
                return await stream.ReadAsync(new byte[1], ending) < 0;
            default:
                return false;
        }
    }

    private void Take(IEnumerable<OtlpRecord> records)
    {
        lock (_gate)
        {
            foreach (var record in records)
            {
                if (_taken.TryAdd(record.Uid, record))
                {
                    continue;
                }

                Interlocked.Increment(ref _again);
                if (_taken[record.Uid].Text != record.Text)
                {
                    _differing.Add(record.Uid);
                }
            }
        }
    }
}
