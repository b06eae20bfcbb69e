using LlmObservability.Queries;

namespace LlmObservability.Postgres;

/// <summary>What was spent by each user, or each value of an allowed tag, from the sums that are kept of it.</summary>
internal sealed class RollupValueAggregate(PostgresAsking asking, PostgresNames names, LlmAggregateRequest request, LlmField field)
{
    private readonly LlmField _field = field;

    private static readonly string[] Counters = [.. RollupMeasures.Of(LlmMeasureSet.Spend).Select(counter => RollupColumns.Counters[(int)counter])];
    private static readonly string Added = string.Join(", ", Counters);
    private static readonly string Taken = string.Join(", ", Counters.Select(counter => $"-{counter}"));

    /// <summary>The one field of a request that these sums are of; null when the request asks for something else.</summary>
    public static LlmField? FieldOf(LlmAggregateRequest request, IEnumerable<string> tags)
    {
        var asked = request.GroupBy.Concat(request.Filter.Conditions.Select(condition => condition.Field)).Distinct().ToArray();
        var fits = request.Measures == LlmMeasureSet.Spend
            && request.TopBy is LlmTopBy.Calls or LlmTopBy.Cost or LlmTopBy.Tokens
            && request.Bucket != LlmBucket.Minute
            && request.GroupBy.Count <= 1
            && asked.Length == 1
            && (asked[0] == LlmField.User || (asked[0].TagKey is { } key && tags.Contains(key, StringComparer.Ordinal)))
            && request.Filter.Conditions.All(condition => condition.Operator is LlmOperator.In or LlmOperator.StartsWith or LlmOperator.Present);
        return fits ? asked[0] : null;
    }

    /// <summary>
    /// The groups, of which calls without a value are one: all calls of the time but those that have one. Values beyond the cap
    /// have sums of their own no more: null then, if the calls may tell them, or if a condition asks which they are; else they are among all others.
    /// </summary>
    public async Task<PostgresGroups?> RunAsync(RollupWindow largest, RollupWindow window, bool mayScan, CancellationToken cancellationToken)
    {
        if (mayScan && await HasMoreAsync(window, cancellationToken).ConfigureAwait(false))
        {
            return null;
        }

        var statement = new PostgresStatement();
        var keys = request.GroupBy.Count;
        var (total, group) = (new MeasureSum(LlmMeasureSet.Spend, percentiles: false, histograms: false), new MeasureSum(LlmMeasureSet.Spend, percentiles: false, histograms: false));
        long beyond = 0;
        var groups = await asking.ReadAsync(
            statement,
            Sql(statement, largest, window),
            reader =>
            {
                var (rank, bucket, values) = PostgresGrouping.Read(reader, keys);
                group.Clear();
                group.Add(reader, 2 + keys);
                total.Add(group);
                beyond += reader.GetInt64(reader.FieldCount - 1);
                return new PostgresGroup(rank, bucket, values, group.ToMeasures());
            },
            cancellationToken,
            byHash: true).ConfigureAwait(false);
        if (beyond > 0 && request.Filter.Conditions.Count > 0)
        {
            return null;
        }

        groups.RemoveAll(row => row.Measures.Calls == 0);
        return new PostgresGroups(groups, total.ToMeasures(), window.CappedFrom);
    }

    /// <summary>Whether some of the time's values are beyond the cap.</summary>
    private async Task<bool> HasMoreAsync(RollupWindow window, CancellationToken cancellationToken)
    {
        var statement = new PostgresStatement();
        var field = statement.Text(_field.Name);
        var more = window.Levels.Append(new RollupStretch("deltas", window.From, window.To)).Select(stretch =>
            $"EXISTS (SELECT FROM {names.Of("rollup_value_" + stretch.Level)} WHERE field = {field} AND value IS NULL AND {statement.Window(stretch.From, stretch.To, "bucket")})");
        return (await asking.ReadAsync(
            statement, "SELECT " + string.Join(" OR ", more), reader => reader.GetBoolean(0), cancellationToken).ConfigureAwait(false))[0];
    }

    private string Sql(PostgresStatement statement, RollupWindow largest, RollupWindow window)
    {
        var measures = RollupMeasures.Sql(LlmMeasureSet.Spend, spread: false) + ", coalesce(sum(calls) FILTER (WHERE beyond), 0)::bigint";
        var grouped = Grouped(statement, "grouped", window);
        if (request.GroupBy.Count == 0)
        {
            return $"WITH {grouped} SELECT NULL::bigint, {(request.Bucket == LlmBucket.None ? "NULL::timestamptz" : "bucket")}, {measures} FROM grouped"
                + (request.Bucket == LlmBucket.None ? "" : " GROUP BY 2 ORDER BY 2");
        }

        var same = ReferenceEquals(largest, window);
        return $"""
            WITH {grouped},
            {(same ? "" : Grouped(statement, "sized", largest) + ",")}
            {PostgresGrouping.Top(statement, request, same ? "grouped" : "sized", RollupMeasures.Size(request.TopBy), "NOT beyond AND calls > 0")}
            SELECT t.rank, bucket, t.k1, {measures}
            FROM grouped AS c LEFT JOIN top AS t ON NOT c.beyond AND {PostgresGrouping.Matched(request)}
            GROUP BY t.rank, bucket, t.k1
            ORDER BY bucket, t.rank NULLS LAST
            """;
    }

    /// <summary>Sums by bucket and value; what has no value is what is left of all calls.</summary>
    private string Grouped(PostgresStatement statement, string name, RollupWindow window)
    {
        var field = statement.Text(_field.Name);
        var conditions = request.Filter.Conditions;
        var chosen = conditions.Count == 0 ? "" : $" AND (value IS NULL OR {statement.WhereText("value", conditions)})";
        List<string> values = [];
        List<string> all = [];
        foreach (var (level, from, to) in window.Levels.Append(new RollupStretch("deltas", window.From, window.To)))
        {
            var total = level == "deltas" ? RollupSet.Total.NameInDeltas : RollupSet.Total.Name;
            var within = statement.Window(from, to, "bucket");
            string Rows(string table, string keys, string where) =>
                $"SELECT {PostgresCallsSource.Bucket(request.Bucket, table, "bucket")} AS bucket, {keys}{Added} FROM {names.Of(table)} WHERE {where} AND {within}";
            values.Add(Rows("rollup_value_" + level, "value AS k1, value IS NULL AS beyond, ", $"field = {field}{chosen}"));
            all.Add(Rows("rollup_" + level, "", $"rollup = '{total}'"));
        }

        var ends = window.Raw.Select(end =>
            $"SELECT {PostgresCallsSource.Bucket(request.Bucket, "started_at")} AS bucket, k1, FALSE AS beyond, {RollupMeasures.OfCall(LlmMeasureSet.Spend, spread: false)} "
            + $"FROM {PostgresCallsSource.Sql(statement, names, request.Filter with { From = end.From, To = end.To }, [_field])} AS calls");
        var sums = RollupMeasures.SumOfRows(LlmMeasureSet.Spend, spread: false);
        var without = conditions.Count > 0 ? "" : $"""
            UNION ALL SELECT bucket, NULL, FALSE, {sums} FROM (
              SELECT * FROM ({string.Join("\nUNION ALL ", all)}) AS every
              UNION ALL SELECT bucket, {Taken} FROM {name}_values) AS others
            GROUP BY bucket
            """;
        return $"""
            {name}_values AS MATERIALIZED (
              SELECT bucket, k1, beyond, {sums} FROM ({string.Join("\nUNION ALL ", values)}) AS s GROUP BY bucket, k1, beyond),
            {name} AS MATERIALIZED (
              SELECT bucket, k1, beyond, {sums} FROM (
                SELECT * FROM {name}_values
                {string.Concat(ends.Select(end => "UNION ALL " + end + "\n"))}{without}) AS s
              GROUP BY bucket, k1, beyond)
            """;
    }
}
