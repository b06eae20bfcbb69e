using System.Net;
using System.Net.Sockets;
using System.Text;

namespace LlmObservability.Clients.Tests.Wire;

/// <summary>One connection: a request, and the reply to it, while the client is watched.</summary>
internal sealed class WireConnection : IDisposable
{
    private readonly Socket _socket;
    private readonly CancellationTokenSource _over;
    private bool _left;

    public WireConnection(Socket socket, CancellationToken stopping)
    {
        _socket = socket;
        _socket.NoDelay = true;
        _over = CancellationTokenSource.CreateLinkedTokenSource(stopping);
    }

    /// <summary>The request; null where the client closed the connection without one.</summary>
    public Task<WireRequest?> ReadAsync() => WireRequestReader.ReadAsync(_socket, _over.Token);

    /// <summary>Gives a reply; false where the client left before its end.</summary>
    public async Task<bool> ReplyAsync(WireReply reply)
    {
        var watching = WatchAsync();
        try
        {
            await SendAsync(reply);
            return true;
        }
        catch (Exception error) when (error is OperationCanceledException or SocketException)
        {
            // Whether the client left is what the watch says.
        }
        finally
        {
            await _over.CancelAsync();
            await watching;
        }

        return !_left;
    }

    public void Dispose()
    {
        _socket.Dispose();
        _over.Dispose();
    }

    /// <summary>Sees the client leave: one that waits for its reply sends nothing more.</summary>
    private async Task WatchAsync()
    {
        try
        {
            await _socket.ReceiveAsync(new byte[1], _over.Token);
        }
        catch (Exception error) when (error is OperationCanceledException or SocketException { SocketErrorCode: SocketError.OperationAborted })
        {
            return;
        }
        catch (SocketException)
        {
            // A connection that the client reset is one that it left.
        }

        _left = true;
        await _over.CancelAsync();
    }

    private async Task SendAsync(WireReply reply)
    {
        await (reply.BeforeHead ?? Task.CompletedTask).WaitAsync(_over.Token);
        var chunked = reply.End != WireEnd.Unframed;
        var head = new StringBuilder($"HTTP/1.1 {reply.Status} {(HttpStatusCode)reply.Status}\r\nconnection: close\r\ncontent-type: {reply.ContentType}\r\n");
        foreach (var (name, value) in reply.Headers)
        {
            head.Append(name).Append(": ").Append(value).Append("\r\n");
        }

        await SendAsync($"{head}{(chunked ? "transfer-encoding: chunked\r\n" : "")}\r\n");
        foreach (var step in reply.Body)
        {
            await (step.Until ?? Task.CompletedTask).WaitAsync(_over.Token);
            if (step.Piece is { Length: > 0 } piece)
            {
                await SendAsync(chunked ? $"{Encoding.UTF8.GetByteCount(piece):x}\r\n{piece}\r\n" : piece);
            }
        }

        if (reply.End == WireEnd.Reset)
        {
            // Closing without lingering is what sends the RST.
            _socket.LingerState = new LingerOption(true, 0);
            return;
        }

        if (reply.End == WireEnd.Whole)
        {
            await SendAsync("0\r\n\r\n");
        }

        _socket.Shutdown(SocketShutdown.Send);
    }

    private async Task SendAsync(string text)
    {
        var rest = Encoding.UTF8.GetBytes(text).AsMemory();
        while (rest.Length > 0)
        {
            rest = rest[await _socket.SendAsync(rest, _over.Token)..];
        }
    }
}
