using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace LlmObservability.Clients.Tests.Wire;

/// <summary>
/// An HTTP/1.1 server on 127.0.0.1 that gives the replies of a script, one a request and each on a connection of its own;
/// the last one again and again. By hand over a socket, since a cut in the middle of a body must fall where the script says.
/// </summary>
internal sealed class WireServer : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stopping = new();
    private readonly ConcurrentQueue<WireRequest> _requests = new();
    private readonly ConcurrentQueue<Exception> _errors = new();
    private readonly TaskCompletionSource _left = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly IReadOnlyList<WireReply> _replies;
    private readonly Task _accepting;
    private int _given;

    public WireServer(params IReadOnlyList<WireReply> replies)
    {
        _replies = replies;
        _listener.Start();
        Uri = new Uri($"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}");
        _accepting = AcceptAsync();
    }

    public Uri Uri { get; }

    public IReadOnlyList<WireRequest> Requests => [.. _requests];

    /// <summary>Completes when a client has closed its connection before its reply was over.</summary>
    public Task ClientLeft => _left.Task;

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        _listener.Dispose();
        await _accepting;
        _stopping.Dispose();
        // A defect of the server is not to look like one of the client.
        _errors.ShouldBeEmpty();
    }

    private async Task AcceptAsync()
    {
        var serving = new List<Task>();
        while (!_stopping.IsCancellationRequested)
        {
            try
            {
                serving.Add(ServeAsync(await _listener.AcceptSocketAsync(_stopping.Token)));
            }
            catch (Exception error) when (error is OperationCanceledException or SocketException && _stopping.IsCancellationRequested)
            {
                // A listener that is closed while it accepts says so in either way.
                break;
            }
        }

        await Task.WhenAll(serving);
    }

    private async Task ServeAsync(Socket socket)
    {
        using var connection = new WireConnection(socket, _stopping.Token);
        try
        {
            if (await connection.ReadAsync() is { } request)
            {
                _requests.Enqueue(request);
                if (!await connection.ReplyAsync(_replies[Math.Min(Interlocked.Increment(ref _given), _replies.Count) - 1]))
                {
                    _left.TrySetResult();
                }
            }
        }
        catch (Exception error) when (error is OperationCanceledException or SocketException)
        {
            // The test is over, or the client closed a connection on which it asked nothing.
        }
        catch (Exception error)
        {
            _errors.Enqueue(error);
        }
    }
}
