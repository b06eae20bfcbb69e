using LlmObservability.Queries;

namespace LlmObservability.Postgres;

/// <summary>
/// Groups from the rollups of a set: rows of its levels, deltas that are not folded yet, and the calls at the window's ends, all in
/// one statement and so of one snapshot.
/// </summary>
internal sealed class PostgresRollupAggregate(PostgresAsking asking, PostgresNames names, LlmAggregateRequest request, RollupSet set)
{
    private readonly bool _percentiles = request.Percentiles && request.Measures == LlmMeasureSet.All;

    private readonly bool _histograms = request.Histograms && request.Measures == LlmMeasureSet.All;

    // What makes a group large may be none of the measures that are asked for.
    private readonly LlmMeasureSet _set = request.TopBy is LlmTopBy.Failed or LlmTopBy.Duration ? LlmMeasureSet.All : request.Measures;

    /// <summary>The groups are the largest of <paramref name="largest"/>; the measures those of <paramref name="window"/>.</summary>
    public async Task<PostgresGroups> RunAsync(RollupWindow largest, RollupWindow window, CancellationToken cancellationToken)
    {
        var statement = new PostgresStatement();
        var keys = request.GroupBy.Count;
        var (total, group) = (new MeasureSum(_set, _percentiles, _histograms), new MeasureSum(_set, _percentiles, _histograms));
        var groups = await asking.ReadAsync(
            statement,
            Sql(statement, largest, window),
            reader =>
            {
                var (rank, bucket, values) = PostgresGrouping.Read(reader, keys);
                group.Clear();
                group.Add(reader, 2 + keys);
                total.Add(group);
                return new PostgresGroup(rank, bucket, values, group.ToMeasures().Only(request.Measures));
            },
            cancellationToken,
            byHash: true).ConfigureAwait(false);
        return new PostgresGroups(groups, total.ToMeasures().Only(request.Measures), window.CappedFrom);
    }

    private string Sql(PostgresStatement statement, RollupWindow largest, RollupWindow window)
    {
        var source = Source(statement, window);
        var measures = RollupMeasures.Sql(_set, _percentiles || _histograms);
        if (request.GroupBy.Count == 0)
        {
            return $"SELECT NULL::bigint, {(request.Bucket == LlmBucket.None ? "NULL::timestamptz" : "bucket")}, {measures} FROM {source} AS c"
                + (request.Bucket == LlmBucket.None ? "" : " GROUP BY 2 ORDER BY 2");
        }

        // The rows are read once: into groups, of which the largest are found, and the others made one.
        var keys = PostgresGrouping.Keys(request, "");
        var sizes = ReferenceEquals(largest, window) ? "grouped" : Source(statement, largest);
        return $"""
            WITH grouped AS MATERIALIZED (
              SELECT bucket, {keys}, {RollupMeasures.SumOfRows(_set, _percentiles || _histograms)} FROM {source} AS s GROUP BY bucket, {keys}),
            {PostgresGrouping.Top(statement, request, sizes, RollupMeasures.Size(request.TopBy))}
            SELECT t.rank, bucket, {PostgresGrouping.Keys(request, "t.")}, {measures}
            FROM grouped AS c LEFT JOIN top AS t ON {PostgresGrouping.Matched(request)}
            GROUP BY t.rank, bucket, {PostgresGrouping.Keys(request, "t.")}
            ORDER BY bucket, t.rank NULLS LAST
            """;
    }

    /// <summary>All rows of a window with the keys <c>k1</c> and on.</summary>
    public string Source(PostgresStatement statement, RollupWindow window)
    {
        var conditions = statement.Where(request.Filter.Conditions);
        var row = string.Concat(request.GroupBy.Select((field, i) => $"{statement.ColumnText(field)} AS {PostgresCallsSource.Key(i)}, "))
            + RollupMeasures.OfRow(_set, _percentiles || _histograms);
        var parts = window.Levels
            .Select(stretch => (Table: "rollup_" + stretch.Level, Rollup: set.Name, stretch.From, stretch.To))
            .Append((Table: "rollup_deltas", Rollup: set.NameInDeltas, window.From, window.To))
            .Select(part => $"SELECT {PostgresCallsSource.Bucket(request.Bucket, part.Table, "bucket")} AS bucket, {row} FROM {names.Of(part.Table)} WHERE rollup = '{part.Rollup}' AND {conditions} AND {statement.Window(part.From, part.To, "bucket")}");
        var call = string.Concat(request.GroupBy.Select((_, i) => PostgresCallsSource.Key(i) + ", "))
            + RollupMeasures.OfCall(_set, _percentiles || _histograms);
        var ends = window.Raw.Select(end =>
            $"SELECT {PostgresCallsSource.Bucket(request.Bucket, "started_at")}, {call} FROM {PostgresCallsSource.Sql(statement, names, request.Filter with { From = end.From, To = end.To }, request.GroupBy)} AS calls");
        return $"({string.Join("\nUNION ALL ", parts.Concat(ends))})";
    }
}
