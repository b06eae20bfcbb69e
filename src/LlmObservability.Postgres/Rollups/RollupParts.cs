using Npgsql;

namespace LlmObservability.Postgres;

/// <summary>The rows of a day that is made anew, written part by part; and which of its periods have several rows for a key then. Not thread-safe.</summary>
internal sealed class RollupParts(RollupSession session, RollupDeltas deltas, DateTimeOffset now)
{
    private readonly Dictionary<(string Level, DateTimeOffset Bucket), (int Parts, long Rows)> _appended = [];

    /// <summary>Empty sums for calls of this hour: by the minute, or by the hour where no minutes are kept.</summary>
    public RollupPart Begin(DateTimeOffset hour)
    {
        var texts = new TextTable();
        var width = RollupLevels.HasMinutes(hour, now) ? RollupDeltas.Minute : RollupDeltas.Hour;
        return new RollupPart(texts, new RollupSums(texts, width), new ValueSums(RollupDeltas.Hour));
    }

    /// <summary>Appends the rows of all levels.</summary>
    public async Task WriteAsync(RollupPart part, CancellationToken cancellationToken)
    {
        var levels = new RollupLevels(part.Texts, part.Finest, part.Values, now);
        await levels.CopyAsync(session, deltas, cancellationToken).ConfigureAwait(false);
        foreach (var (level, bucket, rows) in levels.Periods())
        {
            var (parts, before) = _appended.GetValueOrDefault((level, bucket));
            _appended[(level, bucket)] = (parts + 1, before + rows);
        }
    }

    /// <summary>Notes those that are to be merged; with the rights of the schema's owner.</summary>
    public async Task NoteAsync(PostgresNames names, CancellationToken cancellationToken)
    {
        foreach (var ((level, bucket), (parts, rows)) in _appended.Where(period => period.Value.Parts > 1))
        {
            _ = await session.ExecuteAsync(
                $"INSERT INTO {names.Of("rollup_periods")} (level, bucket, folds, appended) VALUES ($1, $2, $3, $4)",
                cancellationToken,
                new NpgsqlParameter<string> { TypedValue = level },
                new NpgsqlParameter<DateTimeOffset> { TypedValue = bucket },
                new NpgsqlParameter<int> { TypedValue = parts },
                new NpgsqlParameter<long> { TypedValue = rows }).ConfigureAwait(false);
        }
    }
}

/// <summary>Sums of some calls.</summary>
/// <param name="Texts">The texts of their keys.</param>
/// <param name="Finest">By the finest width that is kept.</param>
/// <param name="Values">By value and hour.</param>
internal sealed record RollupPart(TextTable Texts, RollupSums Finest, ValueSums Values);
