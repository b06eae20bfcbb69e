namespace LlmObservability.Chat;

/// <summary>
/// Tells the provider's time from the consumer's, in clock units. A step is timed at both ends, at a clock reading each,
/// with one exception: updates that come without waiting, after several that took the provider less than 20 µs each, are
/// timed at one end only, and count as the consumer's time. The first that takes 20 µs, its consumer's time included, is
/// the last: it may be counted wrongly, and the rest of the stream is timed at both ends.
/// </summary>
internal struct StreamTimer
{
    private const int QuickSteps = 4;

    private long _mark;
    private long _lastChunk;
    private int _quick;
    private bool _exact;
    private int _consumerTurn;
    private bool _unread;

    /// <summary>The provider's time so far.</summary>
    public long Provider { get; private set; }

    /// <summary>How many chunks began.</summary>
    public int Chunks { get; private set; }

    /// <summary>The longest time of the provider's from one chunk to the next; 0 with fewer than two.</summary>
    public long LongestStall { get; private set; }

    /// <summary>When the turn that runs began.</summary>
    public readonly long Mark => Volatile.Read(in _mark);

    public readonly bool IsConsumerTurn => Volatile.Read(in _consumerTurn) == 1;

    /// <summary>Whether the end of a step that did not wait can go without a clock reading.</summary>
    public readonly bool IsQuick => _quick >= QuickSteps && !_exact;

    /// <summary>The provider's time since the last chunk.</summary>
    public readonly long SinceChunk => Provider - _lastChunk;

    /// <summary>The consumer asked for the next update.</summary>
    public void ProviderTurn(long now, long quick)
    {
        if (_unread && now - _mark >= quick)
        {
            _exact = true;
        }

        _unread = false;

        Volatile.Write(ref _mark, now);
        Volatile.Write(ref _consumerTurn, 0);
    }

    /// <summary>An update came without waiting, in a quick run of them.</summary>
    public void ConsumerTurn()
    {
        _unread = true;
        Volatile.Write(ref _consumerTurn, 1);
    }

    /// <summary>An update came, or the stream's end or failure.</summary>
    public void ConsumerTurn(long now, long quick)
    {
        var step = now - _mark;
        Provider += step;
        _quick = step < quick ? _quick + 1 : 0;
        Volatile.Write(ref _mark, now);
        Volatile.Write(ref _consumerTurn, 1);
    }

    /// <summary>A chunk begins here; returns the provider's time since the one before.</summary>
    public long NextChunk()
    {
        var gap = Provider - _lastChunk;
        _lastChunk = Provider;
        if (Chunks > 0)
        {
            LongestStall = Math.Max(LongestStall, gap);
        }

        Chunks++;
        return gap;
    }
}
