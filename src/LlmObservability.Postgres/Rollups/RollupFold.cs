using System.Data;
using Npgsql;

namespace LlmObservability.Postgres;

/// <summary>
/// Adds the deltas up into rows of minutes, hours and days, and merges the rows of a period that has several for a key. Each step
/// takes rows away and puts their sums back in one transaction, so that whoever reads both sees each call once, and a
/// step that dies has done nothing. Of many instances one is at it at a time; nobody waits.
/// </summary>
/// <param name="dataSource">Where connections come from.</param>
/// <param name="names">The schema's names.</param>
/// <param name="deltas">Encodes rows.</param>
/// <param name="options">The store's options.</param>
/// <param name="makePartitions">Makes the partitions of these days.</param>
/// <param name="mostRows">How many rows of a table a step takes at most, however many a period has.</param>
internal sealed class RollupFold(
    NpgsqlDataSource dataSource,
    PostgresNames names,
    RollupDeltas deltas,
    PostgresLlmOptions options,
    Func<IReadOnlyCollection<DateOnly>, CancellationToken, Task> makePartitions,
    int mostRows = RollupFold.MostRows)
{
    /// <summary>How long minutes are kept, at least.</summary>
    public static readonly TimeSpan MinutesKept = TimeSpan.FromHours(48);

    /// <summary>So many rows are taken at a time: some 30 MB in memory.</summary>
    public const int MostRows = 50_000;

    // Bounds one run: what is left is for the next.
    private const int MostRounds = 1_000;

    private static readonly string[] Levels = ["minutes", "hours", "days"];
    private static readonly string[] ValueLevels = ["value_hours", "value_days"];

    /// <summary>Folds what there is and merges what is due. Returns whether something may be left.</summary>
    /// <param name="waits">Whether it waits for another instance that is at it; else it leaves that to the other.</param>
    /// <param name="cancellationToken">Ends it between two steps.</param>
    public async Task<bool> RunAsync(bool waits, CancellationToken cancellationToken)
    {
        var rounds = 0;
        while (rounds++ < MostRounds && await FoldOnceAsync(waits, cancellationToken).ConfigureAwait(false))
        {
            cancellationToken.ThrowIfCancellationRequested();
        }

        while (rounds++ < MostRounds && await MergeOnceAsync(cancellationToken).ConfigureAwait(false))
        {
            cancellationToken.ThrowIfCancellationRequested();
        }

        return rounds > MostRounds;
    }

    /// <summary>Folds some; returns whether there may be more.</summary>
    public async Task<bool> FoldOnceAsync(bool waits, CancellationToken cancellationToken)
    {
        HashSet<DateOnly> days = [];
        try
        {
            return await FoldAsync(waits, days, cancellationToken).ConfigureAwait(false);
        }
        catch (PostgresException exception) when (PostgresErrors.IsMissingPartition(exception))
        {
            // Calls that came late. Sums of values have a partition where those of their calls have one.
            await makePartitions(days, cancellationToken).ConfigureAwait(false);
            return await FoldAsync(waits, days, cancellationToken).ConfigureAwait(false);
        }
    }

    private Task<bool> FoldAsync(bool waits, HashSet<DateOnly> days, CancellationToken cancellationToken) => InTransactionAsync(
        async session =>
        {
            if (waits)
            {
                await session.ExecuteAsync(
                    "SELECT pg_advisory_xact_lock(hashtextextended('llm_observability.fold.' || $1, 0))",
                    cancellationToken,
                    new NpgsqlParameter<string> { TypedValue = names.Schema }).ConfigureAwait(false);
            }

            var texts = new TextTable();
            var (minutes, spent) = (new RollupSums(texts, RollupDeltas.Minute), new ValueSums(RollupDeltas.Hour));
            var most = new NpgsqlParameter<int> { TypedValue = mostRows };
            var taken = await session.ReadAsync(
                $"SELECT {RollupColumns.All} FROM {names.Of("take_deltas")}($1)", minutes.Add, cancellationToken, most).ConfigureAwait(false);
            var values = await session.ReadAsync(
                $"SELECT {RollupColumns.Values} FROM {names.Of("take_value_deltas")}($1)", spent.Add, cancellationToken, most.Clone())
                .ConfigureAwait(false);
            if (taken + values > 0)
            {
                days.UnionWith(minutes.Buckets.Concat(spent.Buckets).Select(period => PostgresPartitions.DayOf(period.Bucket)));
                // By the server's clock, as partitions are made and removed.
                var levels = new RollupLevels(texts, minutes, spent, await session.NowAsync(cancellationToken).ConfigureAwait(false));
                await levels.CopyAsync(session, deltas, cancellationToken).ConfigureAwait(false);
                await levels.NoteAsync(session, names, cancellationToken).ConfigureAwait(false);
            }

            return taken == mostRows || values == mostRows;
        },
        cancellationToken);

    /// <summary>Merges some rows of a period of each level, where one is due. Returns whether there may be more of them.</summary>
    public async Task<bool> MergeOnceAsync(CancellationToken cancellationToken)
    {
        var merged = false;
        foreach (var level in Levels)
        {
            // Rows of one period: whatever its length, it has one bucket.
            var sums = new RollupSums(new TextTable(), RollupDeltas.Minute);
            merged |= await MergeAsync(
                $"SELECT {RollupColumns.All} FROM {names.Of("take_period")}($1, $2)", level, sums.Add, () => deltas.Rows("rollup_" + level, sums), cancellationToken)
                .ConfigureAwait(false);
        }

        foreach (var level in ValueLevels)
        {
            var sums = new ValueSums(RollupDeltas.Minute);
            merged |= await MergeAsync(
                $"SELECT {RollupColumns.Values} FROM {names.Of("take_value_period")}($1, $2)", level, sums.Add, () => deltas.Rows("rollup_" + level, sums), cancellationToken)
                .ConfigureAwait(false);
        }

        return merged;
    }

    private Task<bool> MergeAsync(
        string take, string level, Action<NpgsqlDataReader> add, Func<PostgresTableRows> rows, CancellationToken cancellationToken) => InTransactionAsync(
        async session =>
        {
            var taken = await session.ReadAsync(
                take, add, cancellationToken, new NpgsqlParameter<string> { TypedValue = level }, new NpgsqlParameter<int> { TypedValue = mostRows })
                .ConfigureAwait(false);
            await session.CopyAsync(cancellationToken, rows()).ConfigureAwait(false);
            return taken > 0;
        },
        cancellationToken);

    private Task<bool> InTransactionAsync(Func<RollupSession, Task<bool>> step, CancellationToken cancellationToken) => RollupSession.RunAsync(
        dataSource,
        options,
        IsolationLevel.ReadCommitted,
        options.CommandTimeoutSeconds,
        step,
        cancellationToken);
}
