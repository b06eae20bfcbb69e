namespace LlmObservability.Postgres;

/// <summary>The sums of the same calls by minute, hour and day, and those by value, as they go into the tables of the levels.</summary>
internal sealed class RollupLevels
{
    private readonly RollupSums _minutes;
    private readonly RollupSums _hours;
    private readonly RollupSums _days;
    private readonly ValueSums _valueHours;
    private readonly ValueSums _valueDays = new(RollupDeltas.Day);
    private readonly DateTimeOffset _now;

    /// <param name="texts">The texts of <paramref name="minutes"/>.</param>
    /// <param name="minutes">Sums by the minute, of calls or of deltas; by the hour where none of its minutes is kept. Summarized here.</param>
    /// <param name="valueHours">Sums of values by the hour.</param>
    /// <param name="now">What the clock says: older minutes than are kept are left out.</param>
    public RollupLevels(TextTable texts, RollupSums minutes, ValueSums valueHours, DateTimeOffset now)
    {
        (_minutes, _valueHours) = (minutes, valueHours);
        minutes.Summarize();
        _hours = new RollupSums(texts, RollupDeltas.Hour);
        _hours.Add(minutes);
        _days = new RollupSums(texts, RollupDeltas.Day);
        _days.Add(_hours);
        _valueDays.Add(valueHours);
        _now = now;
    }

    /// <summary>Appends the rows.</summary>
    public Task CopyAsync(RollupSession session, RollupDeltas deltas, CancellationToken cancellationToken) => session.CopyAsync(
        cancellationToken,
        deltas.Rows("rollup_minutes", _minutes, IsKept),
        deltas.Rows("rollup_hours", _hours),
        deltas.Rows("rollup_days", _days),
        deltas.Rows("rollup_value_hours", _valueHours),
        deltas.Rows("rollup_value_days", _valueDays));

    /// <summary>Notes that their periods have one row more for a key.</summary>
    public async Task NoteAsync(RollupSession session, PostgresNames names, CancellationToken cancellationToken)
    {
        foreach (var level in Periods().GroupBy(period => period.Level, period => (period.Bucket, period.Rows)))
        {
            await session.NoteAsync(names, level.Key, level, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>The periods that get rows, and how many.</summary>
    public IEnumerable<(string Level, DateTimeOffset Bucket, int Rows)> Periods() =>
    [
        .. _minutes.Buckets.Where(minute => IsKept(minute.Bucket)).Select(period => ("minutes", period.Bucket, period.Rows)),
        .. _hours.Buckets.Select(period => ("hours", period.Bucket, period.Rows)),
        .. _days.Buckets.Select(period => ("days", period.Bucket, period.Rows)),
        .. _valueHours.Buckets.Select(period => ("value_hours", period.Bucket, period.Rows)),
        .. _valueDays.Buckets.Select(period => ("value_days", period.Bucket, period.Rows)),
    ];

    /// <summary>Whether minutes of this time are kept: with the whole of its day.</summary>
    public static bool HasMinutes(DateTimeOffset time, DateTimeOffset now) => time >= new DateTimeOffset((now - RollupFold.MinutesKept).UtcDateTime.Date, TimeSpan.Zero);

    private bool IsKept(DateTimeOffset minute) => HasMinutes(minute, _now);
}
