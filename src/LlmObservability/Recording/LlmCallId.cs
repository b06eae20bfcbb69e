using System.Buffers.Binary;

namespace LlmObservability;

/// <summary>
/// Call ids: UUID version 7 (RFC 9562), built from a time. The first 48 bits are the time's Unix milliseconds, so that
/// a look-up by id finds its partition; the 12 bits after the version are the fraction of that millisecond (section 6.2,
/// method 3), so that ids sort by time to about 0.25 µs; 62 bits are random. Thread-safe.
/// </summary>
public static class LlmCallId
{
    /// <summary>A new id for a call that began at <paramref name="startedAt"/> (not before 1970).</summary>
    public static Guid Create(DateTimeOffset startedAt)
    {
        var ticks = startedAt.UtcTicks - DateTime.UnixEpoch.Ticks;
        var (milliseconds, rest) = Math.DivRem(Math.Max(ticks, 0), TimeSpan.TicksPerMillisecond);
        var fraction = (uint)(rest * 4096 / TimeSpan.TicksPerMillisecond);

        // Uniqueness, not secrecy, is wanted: the shared generator is seeded from the system's secure one and takes no lock.
        var random = (ulong)Random.Shared.NextInt64();
        return new Guid(
            (uint)(milliseconds >> 16), (ushort)milliseconds, (ushort)(0x7000 | fraction),
            (byte)(0x80 | ((random >> 56) & 0x3F)), (byte)(random >> 48), (byte)(random >> 40), (byte)(random >> 32),
            (byte)(random >> 24), (byte)(random >> 16), (byte)(random >> 8), (byte)random);
    }

    /// <summary>The time of a version 7 id, to the millisecond below; false for any other Guid.</summary>
    public static bool TryGetTime(Guid id, out DateTimeOffset time)
    {
        Span<byte> bytes = stackalloc byte[16];
        id.TryWriteBytes(bytes, bigEndian: true, out _);
        var milliseconds = (long)(BinaryPrimitives.ReadUInt64BigEndian(bytes) >> 16);
        // Year 9999 ends at 253402300799999 ms; anything above cannot be a DateTimeOffset.
        var valid = (bytes[6] >> 4) == 7 && (bytes[8] >> 6) == 2 && milliseconds <= 253_402_300_799_999;
        time = valid ? DateTimeOffset.FromUnixTimeMilliseconds(milliseconds) : default;
        return valid;
    }

    /// <summary>Whether the id's milliseconds are those of <paramref name="startedAt"/>: what every stored call must meet.</summary>
    public static bool Matches(Guid id, DateTimeOffset startedAt)
    {
        return TryGetTime(id, out var time) && time.ToUnixTimeMilliseconds() == startedAt.ToUnixTimeMilliseconds();
    }

    /// <summary>A time cut to whole microseconds, the finest that every store keeps.</summary>
    internal static DateTimeOffset ToMicroseconds(DateTimeOffset time)
    {
        var ticks = time.UtcTicks;
        return new DateTimeOffset(ticks - (ticks % TimeSpan.TicksPerMicrosecond), TimeSpan.Zero);
    }

    /// <summary>A duration cut to whole microseconds and to zero from below.</summary>
    internal static TimeSpan ToMicroseconds(TimeSpan duration)
    {
        var ticks = Math.Max(duration.Ticks, 0);
        return new TimeSpan(ticks - (ticks % TimeSpan.TicksPerMicrosecond));
    }
}
