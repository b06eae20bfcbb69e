using LlmObservability.Queries;
using Npgsql;

namespace LlmObservability.Postgres;

/// <summary>Sums calls, or rows of sums, by bucket and key of every set. Not thread-safe.</summary>
/// <param name="texts">Numbers for the texts of keys; shared by sums of which some are made from others.</param>
/// <param name="width">How long a bucket lasts.</param>
internal sealed class RollupSums(TextTable texts, TimeSpan width)
{
    private const int FirstDimension = 2;

    // Those with deltas of their own, by their place.
    private static readonly int[] Own = [.. Enumerable.Range(0, RollupSet.All.Count).Where(set => RollupSet.All[set].Source is null)];
    private static readonly (int Set, int Source)[] Made =
    [
        .. Enumerable.Range(0, RollupSet.All.Count).Where(set => RollupSet.All[set].Source is not null)
            .Select(set => (set, RollupSet.All.TakeWhile(other => other != RollupSet.All[set].Source).Count())),
    ];

    private static readonly int[][] Columns = [.. RollupSet.All.Select(set => set.Dimensions.Select(ColumnOf).ToArray())];

    private readonly Dictionary<RollupKey, RollupRow> _rows = [];

    public int Count => _rows.Count;

    /// <summary>The buckets, and how many rows each has.</summary>
    public IEnumerable<(DateTimeOffset Bucket, int Rows)> Buckets =>
        _rows.Keys.GroupBy(key => key.Bucket).Select(bucket => (new DateTimeOffset(bucket.Key, TimeSpan.Zero), bucket.Count()));

    /// <summary>Adds a call under its key in each set that has deltas of its own.</summary>
    public void Add(LlmCall call)
    {
        Span<int> numbers = stackalloc int[RollupColumns.Dimensions.Count];
        Number(call, numbers);
        foreach (var set in Own)
        {
            RowOf(call.StartedAt.UtcTicks, set, numbers).Add(call);
        }
    }

    /// <summary>What changes with the call's cost.</summary>
    public void Reprice(LlmCall call, LlmCost? before, LlmCost? after)
    {
        Span<int> numbers = stackalloc int[RollupColumns.Dimensions.Count];
        Number(call, numbers);
        foreach (var set in Own)
        {
            RowOf(call.StartedAt.UtcTicks, set, numbers).Reprice(before, after);
        }
    }

    /// <summary>Adds the rows of the sets that are made from others: of sums of calls or deltas, once, when all are in.</summary>
    public void Summarize()
    {
        Span<int> numbers = stackalloc int[RollupColumns.Dimensions.Count];
        foreach (var (key, row) in _rows.ToArray())
        {
            foreach (var (set, source) in Made)
            {
                if (key.Set == source)
                {
                    FieldsOf(key, numbers);
                    RowOf(key.Bucket, set, numbers).Add(row);
                }
            }
        }
    }

    /// <summary>Adds the row on which the reader stands, of the columns <see cref="RollupColumns.All"/>. A set that is not known is left out.</summary>
    public void Add(NpgsqlDataReader reader)
    {
        var name = reader.GetString(1);
        for (var set = 0; set < Columns.Length; set++)
        {
            if (RollupSet.All[set].Name == name)
            {
                Span<int> numbers = stackalloc int[RollupColumns.Dimensions.Count];
                foreach (var column in Columns[set])
                {
                    numbers[column] = reader.IsDBNull(FirstDimension + column) ? 0 : texts.NumberOf(reader.GetString(FirstDimension + column));
                }

                RowOf(reader.GetFieldValue<DateTimeOffset>(0).UtcTicks, set, numbers).Add(reader, FirstDimension + numbers.Length);
                return;
            }
        }
    }

    /// <summary>Adds finer sums over the same texts.</summary>
    public void Add(RollupSums finer)
    {
        foreach (var (key, row) in finer._rows)
        {
            RowOf(key with { Bucket = key.Bucket - (key.Bucket % width.Ticks) }).Add(row);
        }
    }

    /// <summary>Writes the rows of the buckets that are chosen.</summary>
    public void Write(PostgresRowBuffer target, Predicate<DateTimeOffset>? chosen = null)
    {
        Span<int> numbers = stackalloc int[RollupColumns.Dimensions.Count];
        foreach (var (key, row) in _rows)
        {
            var bucket = new DateTimeOffset(key.Bucket, TimeSpan.Zero);
            if (chosen is not null && !chosen(bucket))
            {
                continue;
            }

            FieldsOf(key, numbers);
            target.BeginRow();
            target.Time(bucket);
            target.Text(RollupSet.All[key.Set].Name);
            foreach (var number in numbers)
            {
                target.Text(texts.TextOf(number));
            }

            row.Write(target);
            target.EndRow();
        }
    }

    private static int ColumnOf(LlmField field)
    {
        var column = RollupColumns.Dimensions.TakeWhile(name => name != field.Name).Count();
        return column < RollupColumns.Dimensions.Count ? column : throw new InvalidOperationException($"No rollup column {field}.");
    }

    /// <summary>In the order of <see cref="RollupColumns.Dimensions"/>.</summary>
    private void Number(LlmCall call, Span<int> numbers)
    {
        numbers[0] = texts.NumberOf(call.Tags.Environment);
        numbers[1] = texts.NumberOf(call.Tags.Service);
        numbers[2] = texts.NumberOf(call.Tags.ServiceVersion);
        numbers[3] = texts.NumberOf(call.Operation);
        numbers[4] = texts.NumberOf(call.Provider);
        numbers[5] = texts.NumberOf(call.Model);
        numbers[6] = texts.NumberOf(call.Tags.Route);
        numbers[7] = texts.NumberOf(call.Tags.Tenant);
        numbers[8] = texts.NumberOf(call.Tags.Feature);
        numbers[9] = texts.NumberOf(call.Tags.Config);
        numbers[10] = texts.NumberOf(call.Tags.Variant);
        numbers[11] = texts.NumberOf(call.ErrorType);
        numbers[12] = texts.NumberOf(call.FinishReason);
    }

    private static void FieldsOf(RollupKey key, Span<int> numbers)
    {
        numbers.Clear();
        for (var field = 0; field < Columns[key.Set].Length; field++)
        {
            numbers[Columns[key.Set][field]] = key[field];
        }
    }

    private RollupRow RowOf(long ticks, int set, ReadOnlySpan<int> numbers)
    {
        Span<int> values = stackalloc int[RollupKey.MostFields];
        values.Clear();
        var columns = Columns[set];
        for (var field = 0; field < columns.Length; field++)
        {
            values[field] = numbers[columns[field]];
        }

        return RowOf(RollupKey.Of(ticks - (ticks % width.Ticks), set, values));
    }

    private RollupRow RowOf(RollupKey key)
    {
        if (!_rows.TryGetValue(key, out var row))
        {
            _rows.Add(key, row = new RollupRow());
        }

        return row;
    }
}
