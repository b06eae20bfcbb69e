namespace LlmObservability.Postgres;

/// <summary>The sums of the same calls by minute, hour and day, and those by value, as they go into the tables of the levels.</summary>
internal sealed class RollupLevels
{
    private readonly RollupSums _minutes;
    private readonly RollupSums _hours;
    private readonly RollupSums _days;
    private readonly ValueSums _valueHours;
    private readonly ValueSums _valueDays = new(RollupDeltas.Day);
    private readonly DateTimeOffset _oldestMinute;

    /// <param name="texts">The texts of <paramref name="minutes"/>.</param>
    /// <param name="minutes">Sums by the minute, of calls or of deltas; summarized here.</param>
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
        _oldestMinute = new DateTimeOffset((now - RollupFold.MinutesKept).UtcDateTime.Date, TimeSpan.Zero);
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
        await session.NoteAsync(names, "minutes", _minutes.Buckets.Where(IsKept), cancellationToken).ConfigureAwait(false);
        await session.NoteAsync(names, "hours", _hours.Buckets, cancellationToken).ConfigureAwait(false);
        await session.NoteAsync(names, "days", _days.Buckets, cancellationToken).ConfigureAwait(false);
        await session.NoteAsync(names, "value_hours", _valueHours.Buckets, cancellationToken).ConfigureAwait(false);
        await session.NoteAsync(names, "value_days", _valueDays.Buckets, cancellationToken).ConfigureAwait(false);
    }

    private bool IsKept(DateTimeOffset minute) => minute >= _oldestMinute;
}
