using System.Net;
using System.Net.Sockets;

namespace LlmObservability.Testing.Faults;

/// <summary>One connection through a <see cref="TcpFaultProxy"/>, from its client to the server.</summary>
internal sealed class TcpPassage(TcpFaultProxy proxy, Socket client)
{
    private const int LongestText = 256;

    private readonly object _gate = new();
    private readonly Socket _server = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    private bool _ended;

    public async Task RunAsync(int targetPort, CancellationToken cancellationToken)
    {
        client.NoDelay = true;
        try
        {
            await proxy.UntilPassableAsync().ConfigureAwait(false);
            await _server.ConnectAsync(new IPEndPoint(IPAddress.Loopback, targetPort), cancellationToken).ConfigureAwait(false);
            await Task.WhenAll(
                GuardAsync(PumpAsync(TcpDirection.ToServer, client, _server, cancellationToken)),
                GuardAsync(PumpAsync(TcpDirection.ToClient, _server, client, cancellationToken))).ConfigureAwait(false);
            End(TcpEnd.Close);
        }
        catch (Exception exception) when (IsEnd(exception))
        {
            End(TcpEnd.Reset);
        }
    }

    public void End(TcpEnd end)
    {
        lock (_gate)
        {
            if (_ended)
            {
                return;
            }

            _ended = true;
        }

        proxy.Forget(this);
        foreach (var socket in new[] { client, _server })
        {
            if (end == TcpEnd.Reset)
            {
                socket.LingerState = new LingerOption(true, 0);
            }

            socket.Dispose();
        }
    }

    private static bool IsEnd(Exception exception) => exception is SocketException or ObjectDisposedException or OperationCanceledException;

    /// <summary>What breaks one way breaks the other too.</summary>
    private async Task GuardAsync(Task pumping)
    {
        try
        {
            await pumping.ConfigureAwait(false);
        }
        catch (Exception exception) when (IsEnd(exception))
        {
            End(TcpEnd.Reset);
        }
    }

    private async Task PumpAsync(TcpDirection direction, Socket from, Socket to, CancellationToken cancellationToken)
    {
        var buffer = new byte[64 * 1024];
        byte[] before = [];
        while (true)
        {
            var count = await from.ReceiveAsync(buffer, cancellationToken).ConfigureAwait(false);
            await proxy.UntilPassableAsync().ConfigureAwait(false);
            if (count == 0)
            {
                to.Shutdown(SocketShutdown.Send);
                return;
            }

            if (proxy.NextDelay() is var delay && delay > TimeSpan.Zero)
            {
                await Task.Delay(delay, cancellationToken).ConfigureAwait(false);
            }

            var (pass, fired) = proxy.Look(direction, before, buffer.AsSpan(0, count));
            await SendAsync(direction, to, buffer.AsMemory(0, pass), cancellationToken).ConfigureAwait(false);
            if (fired is not null)
            {
                Fire(fired);
                if (fired.End != TcpEnd.BlackHole)
                {
                    return;
                }

                await proxy.UntilPassableAsync().ConfigureAwait(false);
                await SendAsync(direction, to, buffer.AsMemory(pass, count - pass), cancellationToken).ConfigureAwait(false);
            }

            byte[] seen = [.. before, .. buffer.AsSpan(0, count)];
            before = seen[Math.Max(0, seen.Length - LongestText)..];
        }
    }

    /// <summary>Does it before it tells, so that whoever waits for it finds it done.</summary>
    private void Fire(TcpTrigger fired)
    {
        if (fired.End == TcpEnd.BlackHole)
        {
            proxy.BlackHole();
        }
        else
        {
            End(fired.End);
        }

        fired.Fire();
    }

    private async Task SendAsync(TcpDirection direction, Socket to, ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        // Before they go: whoever hears of them finds them counted.
        proxy.Count(direction, bytes.Length);
        while (bytes.Length > 0)
        {
            bytes = bytes[await to.SendAsync(bytes, SocketFlags.None, cancellationToken).ConfigureAwait(false)..];
        }
    }
}
