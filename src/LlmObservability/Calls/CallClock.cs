namespace LlmObservability.Calls;

/// <summary>
/// Time of day and monotonic time from one reading a call: the time of day is worked out from the last reading of it,
/// which is at most a second old. Thread-safe.
/// </summary>
internal sealed class CallClock(TimeProvider time)
{
    private readonly double _ticksPerUnit = (double)TimeSpan.TicksPerSecond / time.TimestampFrequency;

    // Where ticks are whole numbers of units, which they nearly always are, a division takes a third of a conversion's time.
    private readonly long _unitsPerTick = time.TimestampFrequency % TimeSpan.TicksPerSecond == 0 ? time.TimestampFrequency / TimeSpan.TicksPerSecond : 0;
    private Anchor? _anchor;

    /// <summary>20 µs in units of <see cref="Timestamp"/>.</summary>
    public long Quick { get; } = Math.Max(1, time.TimestampFrequency / 50_000);

    public long Timestamp() => time.GetTimestamp();

    /// <summary>The time of day at a timestamp just taken: UTC ticks, whole microseconds.</summary>
    public long UtcTicksAt(long timestamp)
    {
        var anchor = Volatile.Read(ref _anchor);
        if (anchor is null || (ulong)(timestamp - anchor.Timestamp) > (ulong)time.TimestampFrequency)
        {
            var utc = time.GetUtcNow().UtcTicks;
            // The time of day was read somewhere between the two timestamps.
            anchor = new Anchor(timestamp + ((time.GetTimestamp() - timestamp) / 2), utc);
            Volatile.Write(ref _anchor, anchor);
        }

        var ticks = anchor.UtcTicks + Ticks(timestamp - anchor.Timestamp);
        return ticks - (ticks % TimeSpan.TicksPerMicrosecond);
    }

    /// <summary>A difference of timestamps, cut to whole microseconds and to zero from below.</summary>
    public TimeSpan Span(long units) => LlmCallId.ToMicroseconds(new TimeSpan(Ticks(units)));

    private long Ticks(long units) => _unitsPerTick == 0 ? (long)(units * _ticksPerUnit) : units / _unitsPerTick;

    private sealed record Anchor(long Timestamp, long UtcTicks);
}
