using System.Data;
using System.Globalization;
using Npgsql;

namespace LlmObservability.Postgres;

/// <summary>
/// Makes the rollups of whole UTC days anew from the calls, a day in a transaction, hour by hour inside of it and in parts of so many rows, so
/// that a day's memory is that of a part. All of a day's deltas, folded rows and calls are seen as they were at one instant, so that
/// writers go on meanwhile: what they commit later has deltas of its own. Who reads sees the old sums of the day until
/// the new ones are all there; and one that dies has done nothing.
/// </summary>
/// <param name="dataSource">Where connections come from.</param>
/// <param name="names">The schema's names.</param>
/// <param name="deltas">Encodes rows.</param>
/// <param name="options">The store's options.</param>
/// <param name="timeProvider">The clock.</param>
/// <param name="makePartitions">Makes the partitions of these days.</param>
/// <param name="mostRows">With so many sums of minutes and values in memory they are written, whatever is left of the hour.</param>
internal sealed class RollupRebuild(
    NpgsqlDataSource dataSource,
    PostgresNames names,
    RollupDeltas deltas,
    PostgresLlmOptions options,
    TimeProvider timeProvider,
    Func<IReadOnlyCollection<DateOnly>, CancellationToken, Task> makePartitions,
    int mostRows = RollupFold.MostRows)
{
    // Calls in one answer.
    private const int Fetched = 1_000;

    // Folding is short; whatever holds its lock for longer is another rebuild.
    private const int MostTries = 100;

    private static readonly TimeSpan BetweenTries = TimeSpan.FromMilliseconds(100);

    private readonly int _timeout = (int)Math.Ceiling(options.PrepareLimit.TotalSeconds);

    /// <summary>Rebuilds one day; returns how many calls it has.</summary>
    /// <exception cref="TimeoutException">Another instance folds or rebuilds for longer than was waited.</exception>
    public async Task<long> RunAsync(DateOnly day, CancellationToken cancellationToken)
    {
        await makePartitions([day], cancellationToken).ConfigureAwait(false);
        for (var attempt = 0; attempt < MostTries; attempt++)
        {
            try
            {
                if (await TryAsync(day, cancellationToken).ConfigureAwait(false) is { } calls)
                {
                    return calls;
                }
            }
            catch (PostgresException exception) when (exception.SqlState == PostgresErrorCodes.SerializationFailure)
            {
                // A folding ended between the first look and the lock.
            }

            await Task.Delay(BetweenTries, timeProvider, cancellationToken).ConfigureAwait(false);
        }

        throw new TimeoutException("Another instance folds or rebuilds the rollups of this schema: try again when it is done.");
    }

    /// <summary>Null when another instance is at it.</summary>
    private Task<long?> TryAsync(DateOnly day, CancellationToken cancellationToken) => RollupSession.RunAsync(
        dataSource,
        options,
        IsolationLevel.RepeatableRead,
        _timeout,
        async session =>
        {
            var locked = await session.ExecuteAsync(
                "SELECT pg_try_advisory_xact_lock(hashtextextended('llm_observability.fold.' || $1, 0))",
                cancellationToken,
                new NpgsqlParameter<string> { TypedValue = names.Schema }).ConfigureAwait(false);
            return locked is true ? await RebuildAsync(session, day, cancellationToken).ConfigureAwait(false) : (long?)null;
        },
        cancellationToken);

    private async Task<long> RebuildAsync(RollupSession session, DateOnly day, CancellationToken cancellationToken)
    {
        var from = new DateTimeOffset(day, TimeOnly.MinValue, TimeSpan.Zero);
        NpgsqlParameter[] Day() => [Time(from), Time(from.AddDays(1))];
        foreach (var table in new[]
        {
            "rollup_deltas", "rollup_minutes", "rollup_hours", "rollup_days", "rollup_value_deltas", "rollup_value_hours", "rollup_value_days",
            "rollup_periods",
        })
        {
            _ = await session.ExecuteAsync(
                $"DELETE FROM {names.Of(table)} WHERE bucket >= $1 AND bucket < $2", cancellationToken, Day()).ConfigureAwait(false);
        }

        List<string> noted = [];
        _ = await session.ReadAsync(RollupValues.NotedSql(names), reader => noted.Add(reader.GetString(0)), cancellationToken).ConfigureAwait(false);
        string[] tags = [.. RollupValues.WithNoted(options.RollupTags, noted)];
        var values = new RollupValues(tags, options.MaxRollupValues);
        var parts = new RollupParts(session, deltas, await session.NowAsync(cancellationToken).ConfigureAwait(false));
        // A cursor's plan is for its first rows, unless this says that all are read; and it is made for every hour.
        _ = await session.ExecuteAsync(
            "SELECT set_config('cursor_tuple_fraction', '1', true), set_config('jit', 'off', true)", cancellationToken).ConfigureAwait(false);
        long calls = 0;
        for (var hour = from; hour < from.AddDays(1); hour = hour.AddHours(1))
        {
            calls += await RebuildAsync(session, hour, parts, values, cancellationToken).ConfigureAwait(false);
        }

        await parts.NoteAsync(names, cancellationToken).ConfigureAwait(false);
        await MoveSinceAsync(session, from, tags, cancellationToken).ConfigureAwait(false);
        return calls;
    }

    private async Task<long> RebuildAsync(
        RollupSession session, DateTimeOffset hour, RollupParts parts, RollupValues values, CancellationToken cancellationToken)
    {
        _ = await session.ExecuteAsync(
            "DECLARE rebuilt NO SCROLL CURSOR FOR " + PostgresEffectiveCost.CallsSql(names), cancellationToken, Time(hour), Time(hour.AddHours(1)))
            .ConfigureAwait(false);
        var part = parts.Begin(hour);
        long calls = 0;
        int read;
        do
        {
            read = await session.ReadAsync(
                string.Create(CultureInfo.InvariantCulture, $"FETCH FORWARD {Fetched} FROM rebuilt"),
                reader =>
                {
                    var call = PostgresEffectiveCost.Call(reader);
                    part.Finest.Add(call);
                    values.Add(part.Values, call);
                },
                cancellationToken).ConfigureAwait(false);
            calls += read;
            if (read < Fetched || part.Finest.Count + part.Values.Count >= mostRows)
            {
                await parts.WriteAsync(part, cancellationToken).ConfigureAwait(false);
                part = parts.Begin(hour);
            }
        }
        while (read == Fetched);

        _ = await session.ExecuteAsync("CLOSE rebuilt", cancellationToken).ConfigureAwait(false);
        return calls;
    }

    /// <summary>The rollups hold every call from this day on, if they did from somewhere in it, or from the next.</summary>
    private async Task MoveSinceAsync(RollupSession session, DateTimeOffset from, string[] tags, CancellationToken cancellationToken)
    {
        const string Moved = "SET since = $1 WHERE since > $1 AND since <= $2";
        _ = await session.ExecuteAsync(
            $"UPDATE {names.Of("rollup_since")} {Moved}", cancellationToken, Time(from), Time(from.AddDays(1))).ConfigureAwait(false);
        _ = await session.ExecuteAsync(
            $"UPDATE {names.Of("rollup_tags")} {Moved} AND field IN (SELECT jsonb_array_elements_text($3::jsonb))",
            cancellationToken,
            Time(from),
            Time(from.AddDays(1)),
            new NpgsqlParameter<string> { TypedValue = RollupValues.FieldsOf(tags) }).ConfigureAwait(false);
    }

    private static NpgsqlParameter<DateTimeOffset> Time(DateTimeOffset time) => new() { TypedValue = time };
}
