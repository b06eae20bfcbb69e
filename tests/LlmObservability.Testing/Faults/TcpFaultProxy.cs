using System.Net;
using System.Net.Sockets;

namespace LlmObservability.Testing.Faults;

/// <summary>
/// Stands between a client and a server on 127.0.0.1 and breaks what the test says: delays, black holes, refusals, resets,
/// and cuts at a byte or a text. What it does depends on nothing but its settings, its seed and the bytes. Thread-safe.
/// </summary>
public sealed class TcpFaultProxy : IAsyncDisposable
{
    private readonly object _gate = new();
    private readonly CancellationTokenSource _ending = new();
    private readonly HashSet<TcpPassage> _passages = [];
    private readonly Random _random;
    private readonly int _targetPort;
    private Socket _socket;
    private TaskCompletionSource? _hole;
    private TcpTrigger? _trigger;
    private long _toServer;
    private long _toClient;
    private int _accepted;
    private bool _listening;

    /// <summary>Begins to listen on a free port.</summary>
    /// <param name="targetPort">The server's port on 127.0.0.1; it need not be there yet.</param>
    /// <param name="seed">What <see cref="Jitter"/> is drawn from.</param>
    public TcpFaultProxy(int targetPort, int seed = 1)
    {
        _targetPort = targetPort;
        _random = new Random(seed);
        _socket = Bind(0);
        Port = ((IPEndPoint)_socket.LocalEndPoint!).Port;
        Listen();
    }

    /// <summary>Where clients connect; it stays the same.</summary>
    public int Port { get; }

    /// <summary>How long each packet is held up. Default none.</summary>
    public TimeSpan Delay { get; set; }

    /// <summary>The most that is added to <see cref="Delay"/>, drawn evenly from the seed. Default none.</summary>
    public TimeSpan Jitter { get; set; }

    /// <summary>How many connections clients made.</summary>
    public int Accepted => Volatile.Read(ref _accepted);

    /// <summary>How many connections are open.</summary>
    public int Open
    {
        get
        {
            lock (_gate)
            {
                return _passages.Count;
            }
        }
    }

    /// <summary>How many bytes were passed on that way, on all connections.</summary>
    public long Passed(TcpDirection direction) =>
        direction == TcpDirection.ToServer ? Interlocked.Read(ref _toServer) : Interlocked.Read(ref _toClient);

    /// <summary>Breaks once when something comes; takes the place of a trigger that has not fired.</summary>
    public void Set(TcpTrigger? trigger)
    {
        lock (_gate)
        {
            _trigger = trigger;
        }
    }

    /// <summary>
    /// From now on nothing goes through, on any connection, and no one is told: as when a cable is pulled. New connections
    /// are accepted, and hear nothing. What is under way is held, and goes on after <see cref="Heal"/>.
    /// </summary>
    public void BlackHole()
    {
        lock (_gate)
        {
            _hole ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }
    }

    /// <summary>Ends a black hole and a refusal; forgets the trigger and the delay.</summary>
    public void Heal()
    {
        lock (_gate)
        {
            _hole?.TrySetResult();
            _hole = null;
            _trigger = null;
            Delay = Jitter = TimeSpan.Zero;
            if (!_listening)
            {
                Listen();
            }
        }
    }

    /// <summary>New connections are refused until <see cref="Heal"/>; the port stays taken. Open ones go on.</summary>
    public void Refuse()
    {
        lock (_gate)
        {
            if (_listening)
            {
                _socket.Dispose();
                _socket = Bind(Port);
                _listening = false;
            }
        }
    }

    /// <summary>Ends all connections that are open.</summary>
    /// <param name="end"><see cref="TcpEnd.Close"/> or <see cref="TcpEnd.Reset"/>.</param>
    public void EndAll(TcpEnd end = TcpEnd.Reset)
    {
        TcpPassage[] open;
        lock (_gate)
        {
            open = [.. _passages];
        }

        foreach (var passage in open)
        {
            passage.End(end);
        }
    }

    /// <summary>Resets all connections and listens no longer.</summary>
    public async ValueTask DisposeAsync()
    {
        await _ending.CancelAsync();
        lock (_gate)
        {
            _socket.Dispose();
            _hole?.TrySetResult();
        }

        EndAll();
        _ending.Dispose();
    }

    /// <summary>Ends at once, or when a black hole does.</summary>
    internal Task UntilPassableAsync()
    {
        lock (_gate)
        {
            return _hole?.Task ?? Task.CompletedTask;
        }
    }

    /// <summary>The next packet's delay.</summary>
    public TimeSpan NextDelay()
    {
        lock (_gate)
        {
            return Jitter > TimeSpan.Zero ? Delay + (Jitter * _random.NextDouble()) : Delay;
        }
    }

    /// <summary>What the trigger says to these bytes: how many of them pass, and what is done then, if it fires.</summary>
    internal (int Pass, TcpTrigger? Fired) Look(TcpDirection direction, byte[] before, ReadOnlySpan<byte> data)
    {
        lock (_gate)
        {
            if (_trigger is { } trigger && trigger.Direction == direction)
            {
                var overlap = before.AsSpan(Math.Max(0, before.Length - trigger.Overlap));
                var pass = trigger.Look(overlap, data);
                if (pass >= 0)
                {
                    _trigger = null;
                    return (pass, trigger);
                }
            }

            return (data.Length, null);
        }
    }

    internal void Count(TcpDirection direction, int bytes) =>
        Interlocked.Add(ref direction == TcpDirection.ToServer ? ref _toServer : ref _toClient, bytes);

    internal void Forget(TcpPassage passage)
    {
        lock (_gate)
        {
            _passages.Remove(passage);
        }
    }

    // A socket that is bound and does not listen refuses, and nobody else gets its port.
    private static Socket Bind(int port)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        if (!OperatingSystem.IsWindows())
        {
            socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, true);
        }

        socket.Bind(new IPEndPoint(IPAddress.Loopback, port));
        return socket;
    }

    private void Listen()
    {
        _socket.Listen();
        _listening = true;
        _ = AcceptAsync(_socket);
    }

    private async Task AcceptAsync(Socket listener)
    {
        try
        {
            while (true)
            {
                var client = await listener.AcceptAsync(_ending.Token).ConfigureAwait(false);
                Interlocked.Increment(ref _accepted);
                var passage = new TcpPassage(this, client);
                lock (_gate)
                {
                    _passages.Add(passage);
                }

                _ = passage.RunAsync(_targetPort, _ending.Token);
            }
        }
        catch (Exception exception) when (exception is OperationCanceledException or ObjectDisposedException or SocketException)
        {
            // No longer listened.
        }
    }
}
