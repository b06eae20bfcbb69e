using Npgsql;

namespace LlmObservability.Postgres;

/// <summary>What was spent by each value of a user or a tag, by bucket. Not thread-safe.</summary>
internal sealed class ValueSums(TimeSpan width)
{
    private const int Sums = 8;

    private readonly Dictionary<(long Bucket, string Field, string? Value), long[]> _rows = [];

    public int Count => _rows.Count;

    /// <summary>The buckets, and how many rows each has.</summary>
    public IEnumerable<(DateTimeOffset Bucket, int Rows)> Buckets =>
        _rows.Keys.GroupBy(key => key.Bucket).Select(bucket => (new DateTimeOffset(bucket.Key, TimeSpan.Zero), bucket.Count()));

    /// <param name="call">The call.</param>
    /// <param name="field">The field's name, <c>user</c> or <c>tag.KEY</c>.</param>
    /// <param name="value">Its value; null for all those that are too many to have sums of their own.</param>
    public void Add(LlmCall call, string field, string? value)
    {
        var sums = SumsOf(call.StartedAt, field, value);
        sums[0]++;
        if (call.Tokens.Source != LlmUsageSource.Missing)
        {
            sums[2] = Saturating.Add(sums[2], call.Tokens.Input);
            sums[3] = Saturating.Add(sums[3], call.Tokens.Output);
        }

        Add(sums, call.Cost, 1);
    }

    /// <summary>What changes with the call's cost.</summary>
    public void Reprice(LlmCall call, string field, string? value, LlmCost? before, LlmCost? after)
    {
        var sums = SumsOf(call.StartedAt, field, value);
        Add(sums, before, -1);
        Add(sums, after, 1);
    }

    /// <summary>Adds the row on which the reader stands, of the columns <see cref="RollupColumns.Values"/>.</summary>
    public void Add(NpgsqlDataReader reader)
    {
        var sums = SumsOf(reader.GetFieldValue<DateTimeOffset>(0), reader.GetString(1), reader.IsDBNull(2) ? null : reader.GetString(2));
        for (var i = 0; i < Sums; i++)
        {
            sums[i] = Saturating.Add(sums[i], RollupRow.Long(reader, 3 + i));
        }
    }

    /// <summary>Adds finer sums.</summary>
    public void Add(ValueSums finer)
    {
        foreach (var (key, row) in finer._rows)
        {
            var sums = SumsOf(new DateTimeOffset(key.Bucket, TimeSpan.Zero), key.Field, key.Value);
            for (var i = 0; i < Sums; i++)
            {
                sums[i] = Saturating.Add(sums[i], row[i]);
            }
        }
    }

    public void Write(PostgresRowBuffer target)
    {
        foreach (var (key, row) in _rows)
        {
            target.BeginRow();
            target.Time(new DateTimeOffset(key.Bucket, TimeSpan.Zero));
            target.Text(key.Field);
            target.Text(key.Value);
            foreach (var sum in row)
            {
                target.Long(sum == 0 ? null : sum);
            }

            target.EndRow();
        }
    }

    private static void Add(long[] sums, LlmCost? cost, int times)
    {
        if (cost is { } known)
        {
            sums[1] += times;
            sums[4] = Saturating.Add(sums[4], known.InputNanos, times);
            sums[5] = Saturating.Add(sums[5], known.CachedInputNanos, times);
            sums[6] = Saturating.Add(sums[6], known.OutputNanos, times);
            sums[7] = Saturating.Add(sums[7], known.FeesNanos, times);
        }
    }

    private long[] SumsOf(DateTimeOffset time, string field, string? value)
    {
        var key = (time.UtcTicks - (time.UtcTicks % width.Ticks), field, value);
        if (!_rows.TryGetValue(key, out var sums))
        {
            _rows.Add(key, sums = new long[Sums]);
        }

        return sums;
    }
}
