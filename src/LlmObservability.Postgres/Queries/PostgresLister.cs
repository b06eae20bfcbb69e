using LlmObservability.Queries;

namespace LlmObservability.Postgres;

/// <summary>
/// One page of a list. In the order of time it looks where matches are likely first: among the nearest calls, then by an index on
/// a condition; what neither answers, and any other order, reads at most so much time.
/// </summary>
internal sealed class PostgresLister(PostgresAsking asking, PostgresNames names, TimeSpan maxScan, DateTimeOffset now)
{
    // Costs a millisecond or two, and fills a page with what three in a hundred calls have.
    private const int NearRows = 1_500;

    // With so many matches among those, a longer walk fills the page sooner than an index would.
    private const int LikelyMatches = 10;
    private const int FarRows = 15_000;

    // So many calls that an index finds are looked at together.
    private const int MostMatches = 1_000;
    private const int MostMatchesAStretch = 10_000;

    private static readonly TimeSpan Day = TimeSpan.FromDays(1);

    /// <summary>At most so many calls behind the cursor, and how far was looked if that was not as far as the window goes.</summary>
    public async Task<(List<LlmCall> Calls, DateTimeOffset? StoppedAt)> ReadAsync(
        LlmFilter filter, LlmOrder order, int limit, LlmCursor? cursor, CancellationToken cancellationToken)
    {
        var list = new PostgresList(names, filter.Conditions, order, cursor);
        if (order.Field != LlmField.StartedAt)
        {
            return await ScanAsync(list, new PostgresSpan(filter.From, filter.To), limit, newest: true, cancellationToken).ConfigureAwait(false);
        }

        var span = PostgresSpan.Of(filter, order.Descending, cursor);
        if (!order.Descending && span.From is null)
        {
            if (await OldestAsync(asking, names, cancellationToken).ConfigureAwait(false) is not { } oldest)
            {
                return ([], null);
            }

            span = span with { From = oldest };
        }

        return span.IsEmpty ? ([], null)
            : filter.Conditions.Count == 0 ? (await InOrderAsync(list, span, limit, cancellationToken).ConfigureAwait(false), null)
            : await MatchAsync(list, span, limit, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>The nearest calls, whatever they are; a day first, since it is planned sooner than all.</summary>
    private async Task<List<LlmCall>> InOrderAsync(PostgresList list, PostgresSpan span, int limit, CancellationToken cancellationToken)
    {
        var (near, rest) = span.Cut(list.Descending, Day, now);
        var calls = await OrderedAsync(list, near, limit, cancellationToken).ConfigureAwait(false);
        return calls.Count == limit || rest.IsEmpty ? calls : await OrderedAsync(list, span, limit, cancellationToken).ConfigureAwait(false);
    }

    private async Task<(List<LlmCall> Calls, DateTimeOffset? StoppedAt)> MatchAsync(
        PostgresList list, PostgresSpan span, int limit, CancellationToken cancellationToken)
    {
        var near = span.Cut(list.Descending, Day, now).First;
        List<LlmCall> calls = [];
        if (!list.FindsFew)
        {
            calls = await WalkAsync(list, near, NearRows, limit, cancellationToken).ConfigureAwait(false);
            if (calls.Count < limit && calls.Count >= LikelyMatches)
            {
                calls = await WalkAsync(list, near, FarRows, limit, cancellationToken).ConfigureAwait(false);
            }
        }

        if (calls.Count == limit)
        {
            return (calls, null);
        }

        return (list.HasIndex ? await GatherAsync(list, span, limit, cancellationToken).ConfigureAwait(false) : null) is { } found
            ? (found, null)
            : await ScanAsync(list, span, limit, list.Descending, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>
    /// By an index: the nearest day, then all that it finds if that is little, else stretch by stretch. Null when it finds too many.
    /// </summary>
    private async Task<List<LlmCall>?> GatherAsync(PostgresList list, PostgresSpan span, int limit, CancellationToken cancellationToken)
    {
        List<LlmCall> calls = [];
        var (day, left) = span.Cut(list.Descending, Day, now);
        if (!list.FindsFew)
        {
            if (await GatherAsync(list, day, MostMatchesAStretch, limit, cancellationToken).ConfigureAwait(false) is not { } nearest)
            {
                return null;
            }

            if (nearest.Count == limit || left.IsEmpty)
            {
                return nearest;
            }

            (calls, span) = (nearest, left);
        }

        if (await GatherAsync(list, span, MostMatches, limit - calls.Count, cancellationToken).ConfigureAwait(false) is { } all)
        {
            return [.. calls, .. all];
        }

        if (list.Descending && span.From is null)
        {
            span = span with { From = await OldestAsync(asking, names, cancellationToken).ConfigureAwait(false) ?? now };
        }

        for (var width = Day; calls.Count < limit && !span.IsEmpty && !(span.To is null && span.From > now + Day); width *= 2)
        {
            (var stretch, span) = span.Cut(list.Descending, width, now);
            if (await GatherAsync(list, stretch, MostMatchesAStretch, limit - calls.Count, cancellationToken).ConfigureAwait(false) is not { } some)
            {
                return null;
            }

            calls.AddRange(some);
        }

        return calls;
    }

    private async Task<List<LlmCall>?> GatherAsync(PostgresList list, PostgresSpan span, int most, int limit, CancellationToken cancellationToken)
    {
        var statement = new PostgresStatement();
        var found = await asking.ReadAsync(
            statement,
            list.Gather(statement, span, most, limit),
            reader => (
                Call: reader.IsDBNull(0) ? null : PostgresRowReader.Call(reader),
                Matches: reader.GetInt64(reader.FieldCount - 1)),
            cancellationToken,
            byIndex: true).ConfigureAwait(false);
        return found[0].Matches > most ? null : [.. found.Select(row => row.Call).OfType<LlmCall>()];
    }

    private async Task<List<LlmCall>> WalkAsync(PostgresList list, PostgresSpan span, int rows, int limit, CancellationToken cancellationToken)
    {
        var statement = new PostgresStatement();
        return await asking.ReadAsync(
            statement, list.Walk(statement, span, rows, limit), PostgresRowReader.Call, cancellationToken, byIndex: true).ConfigureAwait(false);
    }

    private async Task<List<LlmCall>> OrderedAsync(PostgresList list, PostgresSpan span, int limit, CancellationToken cancellationToken)
    {
        var statement = new PostgresStatement();
        return await asking.ReadAsync(
            statement, list.Ordered(statement, span, limit), PostgresRowReader.Call, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Reads as much time as is allowed, from the near end, or the newest of it.</summary>
    private async Task<(List<LlmCall> Calls, DateTimeOffset? StoppedAt)> ScanAsync(
        PostgresList list, PostgresSpan span, int limit, bool newest, CancellationToken cancellationToken)
    {
        var (near, rest) = span.Cut(newest, maxScan, now);
        var calls = await OrderedAsync(list, near, limit, cancellationToken).ConfigureAwait(false);
        var stopped = !rest.IsEmpty
            && (calls.Count < limit || !list.InTime)
            && await PostgresScan.AnyAsync(asking, names, rest, cancellationToken).ConfigureAwait(false);
        return (calls, stopped ? newest ? near.From : near.To : null);
    }

    /// <summary>When the oldest call began; null when there is none.</summary>
    public static async Task<DateTimeOffset?> OldestAsync(PostgresAsking asking, PostgresNames names, CancellationToken cancellationToken)
    {
        var oldest = await asking.ReadAsync(
            new PostgresStatement(),
            $"SELECT started_at FROM {names.Calls} ORDER BY started_at, id LIMIT 1",
            reader => reader.GetFieldValue<DateTimeOffset>(0),
            cancellationToken,
            byIndex: true).ConfigureAwait(false);
        return oldest.Count == 0 ? null : oldest[0];
    }
}
