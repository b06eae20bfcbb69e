using LlmObservability.Queries;

namespace LlmObservability.Postgres;

/// <summary>A stretch of time answered from the rows of one level: <c>minutes</c>, <c>hours</c> or <c>days</c>.</summary>
internal readonly record struct RollupStretch(string Level, DateTimeOffset From, DateTimeOffset To);

/// <summary>
/// How a window is answered: whole days, hours and minutes from rollups, and what is left at its ends from the calls. Exact for
/// any window of which the calls are kept.
/// </summary>
/// <param name="Levels">What comes from rollups, in no order; together one stretch from <paramref name="From"/> to <paramref name="To"/>. None if all comes from the calls.</param>
/// <param name="From">Where rollups begin.</param>
/// <param name="To">Where rollups end.</param>
/// <param name="Raw">What comes from the calls: before and after that.</param>
/// <param name="CappedFrom">Where the answer begins if that is later than asked for.</param>
internal sealed record RollupWindow(
    IReadOnlyList<RollupStretch> Levels,
    DateTimeOffset From,
    DateTimeOffset To,
    IReadOnlyList<(DateTimeOffset From, DateTimeOffset To)> Raw,
    DateTimeOffset? CappedFrom)
{
    // Minutes are kept an hour longer than they are asked for: the end of a window may lie inside of one.
    private static readonly TimeSpan MinutesKept = RollupFold.MinutesKept - TimeSpan.FromHours(1);

    /// <summary>Whether anything comes from rollups.</summary>
    public bool HasLevels => Levels.Count > 0;

    /// <summary>Cuts a window.</summary>
    /// <param name="from">Its first instant.</param>
    /// <param name="to">Its end.</param>
    /// <param name="finest">The finest level: a minute or an hour.</param>
    /// <param name="bucket">Time buckets of the answer: nothing coarser can be told apart.</param>
    /// <param name="limits">What there is.</param>
    public static RollupWindow Cut(DateTimeOffset from, DateTimeOffset to, TimeSpan finest, LlmBucket bucket, RollupLimits limits)
    {
        (from, to) = (LlmValue.ToBound(from).ToUniversalTime(), LlmValue.ToBound(to).ToUniversalTime());
        // Hours of a day are either all asked for or none.
        limits = limits with { HoursFrom = Ceiling(limits.HoursFrom, RollupDeltas.Day) };
        var minutesFrom = finest == RollupDeltas.Minute ? limits.Now - MinutesKept : DateTimeOffset.MaxValue;
        if (bucket == LlmBucket.Hour)
        {
            limits = limits with { Since = Later(limits.Since, limits.HoursFrom) };
        }

        var (first, last) = bucket == LlmBucket.Minute
            ? (Ceiling(Later(from, Later(limits.Since, minutesFrom)), RollupDeltas.Minute), Floor(to, RollupDeltas.Minute))
            : (First(from, minutesFrom, limits), Last(to, minutesFrom, limits));
        if (first >= last)
        {
            var capped = to - from > limits.MaxScan ? PostgresSpan.Before(to, limits.MaxScan) : from;
            return new RollupWindow([], to, to, capped < to ? [(capped, to)] : [], capped > from ? capped : null);
        }

        var tail = to > last ? to - last : TimeSpan.Zero;
        var room = limits.MaxScan > tail ? limits.MaxScan - tail : TimeSpan.Zero;
        var begin = first - from > room ? first - room : from;
        if (from < limits.CallsFrom)
        {
            // Calls that are gone are no part of an answer.
            begin = Later(begin, first < limits.CallsFrom ? first : limits.CallsFrom);
        }

        List<(DateTimeOffset, DateTimeOffset)> raw = [];
        if (begin < first)
        {
            raw.Add((begin, first));
        }

        if (last < to)
        {
            raw.Add((last, to));
        }

        return new RollupWindow(Stretches(first, last, bucket), first, last, raw, begin > from ? begin : null);
    }

    /// <summary>
    /// The period before, as long as what is answered. It ends where that begins: earlier than was asked for when the first hour or day is
    /// told whole, and later when not all of it is.
    /// </summary>
    /// <param name="from">The first instant that was asked for.</param>
    /// <param name="to">The end that was.</param>
    public (DateTimeOffset From, DateTimeOffset To) Before(DateTimeOffset from, DateTimeOffset to)
    {
        var begin = CappedFrom ?? (HasLevels && From < from ? From : from);
        var end = HasLevels && To > to ? To : to;
        return (PostgresSpan.Before(begin, end - begin), begin);
    }

    private static DateTimeOffset First(DateTimeOffset from, DateTimeOffset minutesFrom, RollupLimits limits)
    {
        var since = Later(from, limits.Since);
        if (since >= minutesFrom)
        {
            return Ceiling(since, RollupDeltas.Minute);
        }

        // Of an hour whose calls are gone, all is told; of a day, when its hours are gone too.
        var width = from < limits.HoursFrom ? RollupDeltas.Day : RollupDeltas.Hour;
        var whole = Floor(from, width);
        return from < limits.CallsFrom && whole >= limits.Since ? whole : Ceiling(since, width);
    }

    private static DateTimeOffset Last(DateTimeOffset to, DateTimeOffset minutesFrom, RollupLimits limits)
    {
        var minute = Floor(to, RollupDeltas.Minute);
        if (minute >= minutesFrom)
        {
            return minute;
        }

        // What is left of an hour or a day is told by the calls, as long as they are there.
        var width = to < limits.HoursFrom ? RollupDeltas.Day : RollupDeltas.Hour;
        return to < limits.CallsFrom ? Ceiling(to, width) : Floor(to, width);
    }

    /// <summary>Days in the middle, hours around them, minutes at both ends.</summary>
    private static List<RollupStretch> Stretches(DateTimeOffset first, DateTimeOffset last, LlmBucket bucket)
    {
        List<RollupStretch> stretches = [];
        var (from, to) = Inner(first, last, bucket == LlmBucket.Minute ? null : RollupDeltas.Hour, "minutes", stretches);
        (from, to) = Inner(from, to, bucket is LlmBucket.Minute or LlmBucket.Hour ? null : RollupDeltas.Day, "hours", stretches);
        if (from < to)
        {
            stretches.Add(new RollupStretch("days", from, to));
        }

        return stretches;
    }

    /// <summary>What of a stretch is left for the next coarser level, when this one takes its ends; without one, it takes all.</summary>
    private static (DateTimeOffset From, DateTimeOffset To) Inner(
        DateTimeOffset from, DateTimeOffset to, TimeSpan? coarser, string level, List<RollupStretch> stretches)
    {
        var (inner, end) = coarser is { } width ? (Ceiling(from, width), Floor(to, width)) : (to, to);
        if (inner >= end)
        {
            (inner, end) = (to, to);
        }

        if (from < inner)
        {
            stretches.Add(new RollupStretch(level, from, inner));
        }

        if (end < to)
        {
            stretches.Add(new RollupStretch(level, end, to));
        }

        return (inner, end);
    }

    private static DateTimeOffset Later(DateTimeOffset one, DateTimeOffset other) => one > other ? one : other;

    private static DateTimeOffset Floor(DateTimeOffset time, TimeSpan width) => new(time.UtcTicks - (time.UtcTicks % width.Ticks), TimeSpan.Zero);

    private static DateTimeOffset Ceiling(DateTimeOffset time, TimeSpan width)
    {
        var floor = Floor(time, width);
        return floor == time ? floor : DateTimeOffset.MaxValue - floor > width ? floor + width : DateTimeOffset.MaxValue;
    }
}

/// <summary>What a window's answer can be made from.</summary>
/// <param name="Now">What the clock says.</param>
/// <param name="Since">Since when rollups hold every call.</param>
/// <param name="CallsFrom">Since when calls are kept.</param>
/// <param name="HoursFrom">Since when rollups by the hour are kept.</param>
/// <param name="MaxScan">How much time of calls may be read.</param>
internal readonly record struct RollupLimits(DateTimeOffset Now, DateTimeOffset Since, DateTimeOffset CallsFrom, DateTimeOffset HoursFrom, TimeSpan MaxScan);
