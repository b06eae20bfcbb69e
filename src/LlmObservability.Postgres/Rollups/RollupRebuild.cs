using System.Data;
using Npgsql;

namespace LlmObservability.Postgres;

/// <summary>
/// Makes the rollups of whole UTC days anew from the calls, a day in a transaction. All of a day's deltas, folded rows and calls are
/// seen as they were at one instant, so that writers go on meanwhile: what they commit later has deltas of its own.
/// </summary>
internal sealed class RollupRebuild(
    NpgsqlDataSource dataSource,
    PostgresNames names,
    RollupDeltas deltas,
    PostgresLlmOptions options,
    TimeProvider timeProvider,
    Func<IReadOnlyCollection<DateOnly>, CancellationToken, Task> makePartitions)
{
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

        var texts = new TextTable();
        var (minutes, spent) = (new RollupSums(texts, RollupDeltas.Minute), new ValueSums(RollupDeltas.Hour));
        List<string> noted = [];
        _ = await session.ReadAsync(RollupValues.NotedSql(names), reader => noted.Add(reader.GetString(0)), cancellationToken).ConfigureAwait(false);
        string[] tags = [.. RollupValues.WithNoted(options.RollupTags, noted)];
        var values = new RollupValues(tags, options.MaxRollupValues);
        var calls = await session.ReadAsync(
            PostgresEffectiveCost.CallsSql(names),
            reader =>
            {
                var call = PostgresEffectiveCost.Call(reader);
                minutes.Add(call);
                values.Add(spent, call);
            },
            cancellationToken,
            Day()).ConfigureAwait(false);
        var levels = new RollupLevels(texts, minutes, spent, await session.NowAsync(cancellationToken).ConfigureAwait(false));
        await levels.CopyAsync(session, deltas, cancellationToken).ConfigureAwait(false);
        await MoveSinceAsync(session, from, tags, cancellationToken).ConfigureAwait(false);
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
