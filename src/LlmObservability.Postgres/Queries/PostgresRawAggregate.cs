using LlmObservability.Queries;

namespace LlmObservability.Postgres;

/// <summary>Groups of calls, from the calls themselves: for whatever no rollup can tell.</summary>
internal sealed class PostgresRawAggregate(PostgresAsking asking, PostgresNames names, LlmAggregateRequest request)
{
    private readonly bool _percentiles = request.Percentiles && request.Measures == LlmMeasureSet.All;
    private readonly bool _histograms = request.Histograms && request.Measures == LlmMeasureSet.All;

    /// <summary>The groups are the largest of the request's own filter; the measures those of <paramref name="filter"/>.</summary>
    public async Task<PostgresGroups> RunAsync(LlmFilter filter, CancellationToken cancellationToken)
    {
        var statement = new PostgresStatement();
        var keys = request.GroupBy.Count;
        var rows = await asking.ReadAsync(
            statement,
            Sql(statement, filter),
            reader =>
            {
                var (rank, bucket, values) = PostgresGrouping.Read(reader, keys);
                var measures = PostgresMeasures.Read(reader, 3 + keys, _histograms).Only(request.Measures);
                return (IsTotal: reader.GetInt32(2 + keys) != 0, Group: new PostgresGroup(rank, bucket, values, measures));
            },
            cancellationToken,
            byHash: true).ConfigureAwait(false);
        return new PostgresGroups(
            [.. rows.Where(row => !row.IsTotal).Select(row => row.Group)], rows.Single(row => row.IsTotal).Group.Measures, null);
    }

    /// <summary>One statement and one scan for the groups and for the total, and one before it that finds the largest.</summary>
    private string Sql(PostgresStatement statement, LlmFilter filter)
    {
        var measures = PostgresMeasures.Sql(_percentiles, _histograms);
        var source = PostgresCallsSource.Sql(statement, names, filter, request.GroupBy);
        var bucket = PostgresCallsSource.Bucket(request.Bucket, "c.started_at");
        if (request.GroupBy.Count == 0)
        {
            return request.Bucket == LlmBucket.None
                ? $"SELECT NULL::bigint, NULL::timestamptz, 1, {measures} FROM {source} AS c"
                : $"""
                    SELECT NULL::bigint, bucket, GROUPING(bucket), {measures}
                    FROM (SELECT {bucket} AS bucket, c.* FROM {source} AS c) AS c
                    GROUP BY GROUPING SETS ((bucket), ()) ORDER BY 3, 2
                    """;
        }

        var keys = PostgresGrouping.Keys(request, "t.");
        var largest = filter == request.Filter ? source : PostgresCallsSource.Sql(statement, names, request.Filter, request.GroupBy);
        return $"""
            WITH {PostgresGrouping.Top(statement, request, largest, PostgresMeasures.Sql(request.TopBy))}
            SELECT rank, bucket, {PostgresGrouping.Keys(request, "")}, GROUPING(rank), {measures}
            FROM (SELECT t.rank, {bucket} AS bucket, {keys}, {PostgresMeasures.Columns}
                  FROM {source} AS c LEFT JOIN top AS t ON {PostgresGrouping.Matched(request)}) AS c
            GROUP BY GROUPING SETS ((rank, bucket, {PostgresGrouping.Keys(request, "")}), ())
            ORDER BY GROUPING(rank), bucket, rank NULLS LAST
            """;
    }
}
