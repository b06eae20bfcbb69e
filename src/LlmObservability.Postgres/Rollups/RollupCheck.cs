using System.Data;
using Npgsql;

namespace LlmObservability.Postgres;

/// <summary>
/// Compares the rollups of a UTC day with its calls, level by level and set by set, all seen at one instant.
/// </summary>
internal sealed class RollupCheck(NpgsqlDataSource dataSource, PostgresNames names, PostgresLlmOptions options, TimeProvider timeProvider)
{
    private static readonly string[] ValueUnits = ["hour", "day"];

    private readonly RollupCheckSql _sql = new(names);
    private readonly int _timeout = (int)Math.Ceiling(options.PrepareLimit.TotalSeconds);

    /// <summary>What differs: one sentence for each level and set of which any sum does.</summary>
    public Task<IReadOnlyList<string>> RunAsync(DateOnly day, CancellationToken cancellationToken) => RollupSession.RunAsync(
        dataSource,
        options,
        IsolationLevel.RepeatableRead,
        _timeout,
        async session =>
        {
            // Compiling so many statements takes longer than most of them; and a day's groups in memory are found much sooner.
            _ = await session.ExecuteAsync(
                "SELECT set_config('jit', 'off', true), set_config('work_mem', greatest(pg_size_bytes(current_setting('work_mem')) / 1024, 65536) || 'kB', true)",
                cancellationToken).ConfigureAwait(false);
            var from = new DateTimeOffset(day, TimeOnly.MinValue, TimeSpan.Zero);
            List<string> differences = [];
            async Task CompareAsync(string what, string sql, string? key = null)
            {
                NpgsqlParameter[] parameters =
                [
                    new NpgsqlParameter<DateTimeOffset> { TypedValue = from }, new NpgsqlParameter<DateTimeOffset> { TypedValue = from.AddDays(1) },
                    .. key is null ? (NpgsqlParameter[])[] : [new NpgsqlParameter<string> { TypedValue = key }],
                ];
                var count = (long)(await session.ExecuteAsync(sql, cancellationToken, parameters).ConfigureAwait(false))!;
                if (count > 0)
                {
                    differences.Add($"{count} sums of {what} on {day:yyyy-MM-dd} are not those of the calls.");
                }
            }

            foreach (var set in RollupSet.All)
            {
                foreach (var (level, unit) in Levels(from))
                {
                    await CompareAsync($"'{set.Name}' by the {unit}", _sql.Sums(set, level, unit)).ConfigureAwait(false);
                    await CompareAsync($"the histograms of '{set.Name}' by the {unit}", _sql.Histograms(set, level, unit)).ConfigureAwait(false);
                }
            }

            foreach (var unit in ValueUnits.Where(unit => unit == "day" || HoursAreKept(from)))
            {
                await CompareAsync($"users by the {unit}", _sql.Values("'user'", "\"user\"", unit)).ConfigureAwait(false);
                foreach (var key in options.RollupTags)
                {
                    await CompareAsync(
                        "an own tag's values by the " + unit, _sql.Values("'tag.' || $3", "(tags ->> $3) COLLATE \"C\"", unit), key).ConfigureAwait(false);
                }
            }

            return (IReadOnlyList<string>)differences;
        },
        cancellationToken);

    /// <summary>Minutes are kept for the newest days only.</summary>
    private (string Level, string Unit)[] Levels(DateTimeOffset day) =>
        day >= timeProvider.GetUtcNow() - RollupFold.MinutesKept + TimeSpan.FromHours(1)
            ? [("minutes", "minute"), ("hours", "hour"), ("days", "day")]
            : HoursAreKept(day) ? [("hours", "hour"), ("days", "day")]
            : [("days", "day")];

    /// <summary>They may be kept for less long than the calls.</summary>
    private bool HoursAreKept(DateTimeOffset day) => day >= timeProvider.GetUtcNow() - options.RollupRetention;
}
