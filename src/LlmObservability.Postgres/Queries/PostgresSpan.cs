using LlmObservability.Queries;

namespace LlmObservability.Postgres;

/// <summary>A stretch of time, each end of which may be open; the end itself is not part of it.</summary>
internal readonly record struct PostgresSpan(DateTimeOffset? From, DateTimeOffset? To)
{
    private static readonly TimeSpan Ahead = TimeSpan.FromDays(1);

    public bool IsEmpty => From >= To;

    /// <summary>What of a list's filter lies behind its cursor.</summary>
    public static PostgresSpan Of(LlmFilter filter, bool descending, LlmCursor? cursor)
    {
        if (cursor is not { } after)
        {
            return new PostgresSpan(filter.From, filter.To);
        }

        return descending
            ? new PostgresSpan(filter.From, After(after.StartedAt))
            : new PostgresSpan(after.StartedAt, filter.To);
    }

    /// <summary>The first part of it in a direction, and what is left behind that. Without a known end, calls may lie a day ahead.</summary>
    public (PostgresSpan First, PostgresSpan Left) Cut(bool descending, TimeSpan width, DateTimeOffset now)
    {
        if (descending)
        {
            var at = Before(To ?? now + Ahead, To is null ? width + Ahead : width);
            return at <= From ? (this, new PostgresSpan(From, From)) : (this with { From = at }, this with { To = at });
        }

        var next = (From ?? DateTimeOffset.MinValue) is var first && DateTimeOffset.MaxValue - first > width ? first + width : DateTimeOffset.MaxValue;
        return next >= To ? (this, new PostgresSpan(To, To)) : (this with { To = next }, this with { From = next });
    }

    public static DateTimeOffset Before(DateTimeOffset time, TimeSpan width) =>
        time - DateTimeOffset.MinValue > width ? time - width : DateTimeOffset.MinValue;

    private static DateTimeOffset After(DateTimeOffset time) =>
        time < DateTimeOffset.MaxValue.AddTicks(-TimeSpan.TicksPerMicrosecond) ? time.AddTicks(TimeSpan.TicksPerMicrosecond) : DateTimeOffset.MaxValue;
}
