using LlmObservability.Queries;

namespace LlmObservability.Postgres;

/// <summary>Bounds how much time of calls is read.</summary>
internal static class PostgresScan
{
    /// <summary>The newest part of a filter's window that may be read, and where it begins if calls before that are left out.</summary>
    public static async Task<(DateTimeOffset? From, DateTimeOffset? CappedFrom)> BoundAsync(
        PostgresAsking asking, PostgresNames names, LlmFilter filter, TimeSpan maxScan, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var (near, rest) = new PostgresSpan(filter.From, filter.To).Cut(descending: true, maxScan, now);
        if (rest.IsEmpty)
        {
            return (near.From, null);
        }

        // Where there is no call before, nothing is left out.
        return (near.From, await AnyAsync(asking, names, rest, cancellationToken).ConfigureAwait(false) ? near.From : null);
    }

    /// <summary>Whether there is a call at all in a span.</summary>
    public static async Task<bool> AnyAsync(PostgresAsking asking, PostgresNames names, PostgresSpan span, CancellationToken cancellationToken)
    {
        var statement = new PostgresStatement();
        var any = await asking.ReadAsync(
            statement,
            $"SELECT EXISTS (SELECT FROM {names.Calls} WHERE {statement.Window(span.From, span.To)})",
            reader => reader.GetBoolean(0),
            cancellationToken).ConfigureAwait(false);
        return any[0];
    }
}
