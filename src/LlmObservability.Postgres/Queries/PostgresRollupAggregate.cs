using LlmObservability.Queries;

namespace LlmObservability.Postgres;

/// <summary>
/// Groups from the rollups of a set: rows of its levels, deltas that are not folded yet, and the calls at the window's ends, all in
/// one statement and so of one snapshot.
/// </summary>
internal sealed class PostgresRollupAggregate(PostgresAsking asking, PostgresNames names, LlmAggregateRequest request, RollupSet set)
{
    private readonly bool _percentiles = request.Percentiles && request.Measures == LlmMeasureSet.All;

    /// <summary>The groups are the largest of <paramref name="largest"/>; the measures those of <paramref name="window"/>.</summary>
    public async Task<PostgresGroups> RunAsync(RollupWindow largest, RollupWindow window, CancellationToken cancellationToken)
    {
        var statement = new PostgresStatement();
        var keys = request.GroupBy.Count;
        var (total, group) = (new MeasureSum(request.Measures, _percentiles), new MeasureSum(request.Measures, _percentiles));
        var groups = await asking.ReadAsync(
            statement,
            Sql(statement, largest, window),
            reader =>
            {
                var (rank, bucket, values) = PostgresGrouping.Read(reader, keys);
                group.Clear();
                group.Add(reader, 2 + keys);
                total.Add(group);
                return new PostgresGroup(rank, bucket, values, group.ToMeasures());
            },
            cancellationToken,
            byHash: true).ConfigureAwait(false);
        return new PostgresGroups(groups, total.ToMeasures(), window.CappedFrom);
    }

    private string Sql(PostgresStatement statement, RollupWindow largest, RollupWindow window)
    {
        var source = Source(statement, window);
        var bucket = PostgresCallsSource.Bucket(request.Bucket, "c.bucket");
        var measures = RollupMeasures.Sql(request.Measures, _percentiles);
        if (request.GroupBy.Count == 0)
        {
            return $"SELECT NULL::bigint, {bucket}, {measures} FROM {source} AS c"
                + (request.Bucket == LlmBucket.None ? "" : " GROUP BY 2 ORDER BY 2");
        }

        var keys = PostgresGrouping.Keys(request, "t.");
        var sizes = ReferenceEquals(largest, window) ? source : Source(statement, largest);
        return $"""
            {PostgresGrouping.Top(statement, request, sizes, RollupMeasures.Size(request.TopBy))}
            SELECT t.rank, {bucket}, {keys}, {measures}
            FROM {source} AS c LEFT JOIN top AS t ON {PostgresGrouping.Matched(request)}
            GROUP BY t.rank, 2, {keys}
            ORDER BY 2, t.rank NULLS LAST
            """;
    }

    /// <summary>All rows of a window with the keys <c>k1</c> and on.</summary>
    public string Source(PostgresStatement statement, RollupWindow window)
    {
        var of = $"rollup = '{set.Name}' AND {statement.Where(request.Filter.Conditions)}";
        var row = "bucket, " + string.Concat(request.GroupBy.Select((field, i) => $"{statement.ColumnText(field)} AS {PostgresCallsSource.Key(i)}, "))
            + RollupMeasures.OfRow(request.Measures, _percentiles);
        var parts = window.Levels
            .Select(stretch => (Table: "rollup_" + stretch.Level, stretch.From, stretch.To))
            .Append((Table: "rollup_deltas", window.From, window.To))
            .Select(part => $"SELECT {row} FROM {names.Of(part.Table)} WHERE {of} AND {statement.Window(part.From, part.To, "bucket")}");
        var call = "started_at, " + string.Concat(request.GroupBy.Select((_, i) => PostgresCallsSource.Key(i) + ", "))
            + RollupMeasures.OfCall(request.Measures, _percentiles);
        var ends = window.Raw.Select(end =>
            $"SELECT {call} FROM {PostgresCallsSource.Sql(statement, names, request.Filter with { From = end.From, To = end.To }, request.GroupBy)} AS calls");
        return $"({string.Join("\nUNION ALL ", parts.Concat(ends))})";
    }
}
