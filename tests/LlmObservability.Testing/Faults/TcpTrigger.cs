using System.Text;

namespace LlmObservability.Testing.Faults;

/// <summary>Which way bytes go through a <see cref="TcpFaultProxy"/>.</summary>
public enum TcpDirection
{
    /// <summary>From the client to the server.</summary>
    ToServer,

    /// <summary>From the server to the client.</summary>
    ToClient,
}

/// <summary>What becomes of a connection.</summary>
public enum TcpEnd
{
    /// <summary>Both sides are closed in order, with FIN.</summary>
    Close,

    /// <summary>Both sides are reset, with RST.</summary>
    Reset,

    /// <summary>Nothing goes through any more, on this and every other connection, until <see cref="TcpFaultProxy.Heal"/>.</summary>
    BlackHole,
}

/// <summary>
/// What a <see cref="TcpFaultProxy"/> waits for, and does once. What is awaited is counted from the moment when the trigger
/// is set, over all connections; done is it to the connection on which it came. For one proxy.
/// </summary>
public sealed class TcpTrigger
{
    private readonly ReadOnlyMemory<byte> _pattern;
    private readonly TaskCompletionSource _fired = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly bool _pass;
    private long _left;

    private TcpTrigger(TcpDirection direction, TcpEnd end, ReadOnlyMemory<byte> pattern, long left, bool pass)
    {
        Direction = direction;
        End = end;
        _pattern = pattern;
        _left = left;
        _pass = pass;
    }

    /// <summary>The only direction that is watched.</summary>
    public TcpDirection Direction { get; }

    /// <summary>What is done.</summary>
    public TcpEnd End { get; }

    /// <summary>Ends when the trigger has fired.</summary>
    public Task Fired => _fired.Task;

    /// <summary>How much of what came before on the connection can be the beginning of a match.</summary>
    internal int Overlap => Math.Max(0, _pattern.Length - 1);

    /// <summary>Fires when that many bytes went that way; exactly they are passed on. 0 fires at the next byte.</summary>
    public static TcpTrigger AfterBytes(TcpDirection direction, long bytes, TcpEnd end)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(bytes);
        return new TcpTrigger(direction, end, default, bytes, pass: true);
    }

    /// <summary>Fires when a text in ASCII goes that way, however it is cut into packets.</summary>
    /// <param name="direction">The way.</param>
    /// <param name="pattern">The text, for example <c>COMMIT</c>, which is both the statement and the server's answer to it.</param>
    /// <param name="pass">Whether all up to its end is passed on first, or nothing more of that connection.</param>
    /// <param name="end">What is done.</param>
    /// <param name="skip">How many occurrences go through before.</param>
    public static TcpTrigger AtText(TcpDirection direction, string pattern, bool pass, TcpEnd end, int skip = 0)
    {
        ArgumentException.ThrowIfNullOrEmpty(pattern);
        ArgumentOutOfRangeException.ThrowIfNegative(skip);
        return new TcpTrigger(direction, end, Encoding.ASCII.GetBytes(pattern), skip, pass);
    }

    internal void Fire() => _fired.TrySetResult();

    /// <summary>Looks at what comes, behind the end of what came before; says how much of it is passed on before the trigger fires, or -1.</summary>
    internal int Look(ReadOnlySpan<byte> before, ReadOnlySpan<byte> data)
    {
        if (_pattern.IsEmpty)
        {
            if (data.Length > _left)
            {
                return (int)_left;
            }

            _left -= data.Length;
            return -1;
        }

        Span<byte> seen = [.. before, .. data];
        for (var start = 0; seen[start..].IndexOf(_pattern.Span) is var index && index >= 0; start += index + 1)
        {
            if (_left-- == 0)
            {
                return _pass ? start + index + _pattern.Length - before.Length : 0;
            }
        }

        return -1;
    }
}
