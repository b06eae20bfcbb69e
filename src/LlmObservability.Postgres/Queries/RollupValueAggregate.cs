using LlmObservability.Queries;

namespace LlmObservability.Postgres;

/// <summary>What was spent by each user, or each value of an allowed tag, from the sums that are kept of it.</summary>
internal sealed class RollupValueAggregate(PostgresAsking asking, PostgresNames names, LlmAggregateRequest request, LlmField field)
{
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
        var statement = new PostgresStatement();
        var keys = request.GroupBy.Count;
        var (total, group) = (new MeasureSum(LlmMeasureSet.Spend, percentiles: false), new MeasureSum(LlmMeasureSet.Spend, percentiles: false));
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
        if (beyond > 0 && (mayScan || request.Filter.Conditions.Count > 0))
        {
            return null;
        }

        groups.RemoveAll(row => row.Measures.Calls == 0);
        return new PostgresGroups(groups, total.ToMeasures(), window.CappedFrom);
    }

    private string Sql(PostgresStatement statement, RollupWindow largest, RollupWindow window)
    {
        var source = Source(statement, window);
        var bucket = PostgresCallsSource.Bucket(request.Bucket, "c.bucket");
        var measures = RollupMeasures.Sql(LlmMeasureSet.Spend, percentiles: false) + ", coalesce(sum(calls) FILTER (WHERE beyond), 0)::bigint";
        if (request.GroupBy.Count == 0)
        {
            return $"SELECT NULL::bigint, {bucket}, {measures} FROM {source} AS c"
                + (request.Bucket == LlmBucket.None ? "" : " GROUP BY 2 ORDER BY 2");
        }

        var sizes = ReferenceEquals(largest, window) ? source : Source(statement, largest);
        return $"""
            {PostgresGrouping.Top(statement, request, sizes, RollupMeasures.Size(request.TopBy), "NOT beyond", "sum(calls) > 0")}
            SELECT t.rank, {bucket}, t.k1, {measures}
            FROM {source} AS c LEFT JOIN top AS t ON NOT c.beyond AND {PostgresGrouping.Matched(request)}
            GROUP BY t.rank, 2, t.k1
            ORDER BY 2, t.rank NULLS LAST
            """;
    }

    private string Source(PostgresStatement statement, RollupWindow window)
    {
        var name = statement.Text(field.Name);
        var conditions = request.Filter.Conditions;
        var chosen = conditions.Count == 0 ? "" : $" AND (value IS NULL OR {statement.WhereText("value", conditions)})";
        List<string> parts = [];
        foreach (var (level, from, to) in window.Levels.Append(new RollupStretch("deltas", window.From, window.To)))
        {
            var within = statement.Window(from, to, "bucket");
            var values = $"FROM {names.Of("rollup_value_" + level)} WHERE field = {name} AND {within}";
            parts.Add($"SELECT bucket, value AS k1, value IS NULL AS beyond, {Added} {values}{chosen}");
            if (conditions.Count == 0)
            {
                parts.Add($"SELECT bucket, NULL, FALSE, {Added} FROM {names.Of("rollup_" + level)} WHERE rollup = '{RollupSet.Model.Name}' AND {within}");
                parts.Add($"SELECT bucket, NULL, FALSE, {Taken} {values}");
            }
        }

        parts.AddRange(window.Raw.Select(end =>
            $"SELECT started_at, k1, FALSE, {RollupMeasures.OfCall(LlmMeasureSet.Spend, percentiles: false)} "
            + $"FROM {PostgresCallsSource.Sql(statement, names, request.Filter with { From = end.From, To = end.To }, [field])} AS calls"));
        return $"({string.Join("\nUNION ALL ", parts)})";
    }
}
