using LlmObservability.Queries;

namespace LlmObservability.Postgres;

/// <summary>What was spent by each user, or each value of an allowed tag, from the sums that are kept of it.</summary>
internal sealed class RollupValueAggregate(PostgresAsking asking, PostgresNames names, LlmAggregateRequest request, LlmField field)
{
    private const string Beyond = "coalesce(sum(calls) FILTER (WHERE c.k1 IS NULL), 0)::bigint";

    private static readonly string[] Counters = [.. RollupMeasures.Of(LlmMeasureSet.Spend).Select(counter => RollupColumns.Counters[(int)counter])];
    private static readonly string Added = string.Join(", ", Counters);
    private static readonly string Taken = string.Join(", ", Counters.Select(counter => $"-{counter}"));

    private readonly LlmField _field = field;

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
        var measures = RollupMeasures.Sql(LlmMeasureSet.Spend, spread: false);
        if (request.GroupBy.Count == 0)
        {
            return $"""
                WITH {Ends(statement, "ends", window)}
                SELECT NULL::bigint, {(request.Bucket == LlmBucket.None ? "NULL::timestamptz" : "bucket")}, {measures}, {Beyond}
                FROM ({Valued(statement, window, "ends", Added)}) AS c
                """ + (request.Bucket == LlmBucket.None ? "" : " GROUP BY 2 ORDER BY 2");
        }

        var same = ReferenceEquals(largest, window);
        var sums = RollupMeasures.SumOfRows(LlmMeasureSet.Spend, spread: false);
        var ends = same ? "ends" : "sized_ends";
        return $"""
            WITH {Ends(statement, "ends", window)},
            {(same ? "" : Ends(statement, ends, largest) + ",")}
            {Top(statement, largest, ends)},
            ranked AS MATERIALIZED (
              SELECT t.rank, c.bucket, t.k1, {sums} FROM ({Valued(statement, window, "ends", Added)}) AS c JOIN top AS t ON t.k1 = c.k1
              GROUP BY t.rank, c.bucket, t.k1),
            valued AS MATERIALIZED (
              SELECT *, 0::bigint AS calls_beyond FROM ranked
              UNION ALL SELECT NULL, bucket, NULL, {sums}, {Beyond} FROM (
                {Valued(statement, window, "ends", Added)}
                UNION ALL SELECT bucket, k1, {Taken} FROM ranked) AS c
              GROUP BY bucket)
            SELECT rank, bucket, k1, {measures}, coalesce(sum(calls_beyond), 0)::bigint
            FROM (SELECT rank, bucket, k1, {Added}, calls_beyond FROM valued{Others(statement, window, sums)}) AS g
            GROUP BY rank, bucket, k1
            ORDER BY bucket, rank NULLS LAST
            """;
    }

    /// <summary>
    /// The largest groups, by as few columns as tell that. There are many values, and a hundred times as many rows of them: they
    /// are gone through for this, for the measures of those few, and for all others together.
    /// </summary>
    private string Top(PostgresStatement statement, RollupWindow window, string ends)
    {
        var sizes = RollupMeasures.SizeColumns(request.TopBy);
        string[] columns = [.. sizes.Union([RollupColumns.Counters[(int)RollupCounter.Calls]])];
        var added = string.Join(", ", columns);
        var sums = string.Join(", ", columns.Select(column => $"sum({column}) AS {column}"));
        var size = string.Join(" + ", sizes.Select(column => $"coalesce({column}, 0)"));
        var none = request.Filter.Conditions.Count > 0 ? "" : $"""
            UNION ALL SELECT NULL, {sums} FROM (
              {Every(statement, window, ends, added)}
              UNION ALL SELECT NULL, {string.Join(", ", columns.Select(column => "-" + column))} FROM sized) AS others
            """;
        return $"""
            sized AS MATERIALIZED (SELECT k1, {sums} FROM ({Valued(statement, window, ends, added)}) AS s GROUP BY k1),
            top AS MATERIALIZED (
              SELECT k1, row_number() OVER (ORDER BY {size} DESC, k1 ASC NULLS LAST) AS rank
              FROM (SELECT k1, {added} FROM sized WHERE k1 IS NOT NULL {none}) AS g
              WHERE calls > 0
              ORDER BY rank LIMIT {statement.Integer(request.Top)})
            """;
    }

    /// <summary>Calls without a value: all of the time but those that have one. Where conditions ask for values there are none.</summary>
    private string Others(PostgresStatement statement, RollupWindow window, string sums) => request.Filter.Conditions.Count > 0 ? "" : $"""

        UNION ALL SELECT (SELECT rank FROM top WHERE k1 IS NULL), bucket, NULL, {sums}, 0 FROM (
          {Every(statement, window, "ends", Added)}
          UNION ALL SELECT bucket, {Taken} FROM valued) AS others
        GROUP BY bucket
        """;

    /// <summary>The calls at the ends of the time, which no sums are of, as rows of sums.</summary>
    private string Ends(PostgresStatement statement, string name, RollupWindow window)
    {
        var rows = window.Raw.Select(end =>
            $"SELECT {PostgresCallsSource.Bucket(request.Bucket, "started_at")} AS bucket, {(request.GroupBy.Count == 0 ? "''" : "k1")} AS k1, "
            + $"{RollupMeasures.OfCall(LlmMeasureSet.Spend, spread: false)} "
            + $"FROM {PostgresCallsSource.Sql(statement, names, request.Filter with { From = end.From, To = end.To }, request.GroupBy.Count == 0 ? [] : [_field])} AS calls");
        var none = $"SELECT NULL::timestamptz AS bucket, NULL::text AS k1, {string.Join(", ", Counters.Select(counter => "NULL::bigint AS " + counter))} WHERE FALSE";
        return $"{name} (bucket, k1, {Added}) AS MATERIALIZED ({string.Join("\nUNION ALL ", rows.DefaultIfEmpty(none))})";
    }

    /// <summary>Rows of the values by bucket; one without a value is of values beyond the cap.</summary>
    private string Valued(PostgresStatement statement, RollupWindow window, string ends, string columns)
    {
        var field = statement.Text(_field.Name);
        var conditions = request.Filter.Conditions;
        var chosen = conditions.Count == 0 ? "" : $" AND (value IS NULL OR {statement.WhereText("value", conditions)})";
        var rows = Stretches(window).Select(stretch =>
            $"SELECT {Bucket("rollup_value_" + stretch.Level)} AS bucket, value AS k1, {columns} FROM {names.Of("rollup_value_" + stretch.Level)} "
            + $"WHERE field = {field}{chosen} AND {statement.Window(stretch.From, stretch.To, "bucket")}");
        return string.Join("\nUNION ALL ", rows.Append($"SELECT bucket, k1, {columns} FROM {ends} WHERE k1 IS NOT NULL"));
    }

    /// <summary>Rows of all calls by bucket.</summary>
    private string Every(PostgresStatement statement, RollupWindow window, string ends, string columns)
    {
        var rows = Stretches(window).Select(stretch =>
        {
            var total = stretch.Level == "deltas" ? RollupSet.Total.NameInDeltas : RollupSet.Total.Name;
            return $"SELECT {Bucket("rollup_" + stretch.Level)} AS bucket, {columns} FROM {names.Of("rollup_" + stretch.Level)} "
                + $"WHERE rollup = '{total}' AND {statement.Window(stretch.From, stretch.To, "bucket")}";
        });
        return string.Join("\nUNION ALL ", rows.Append($"SELECT bucket, {columns} FROM {ends}"));
    }

    private string Bucket(string table) => PostgresCallsSource.Bucket(request.Bucket, table, "bucket");

    private static IEnumerable<RollupStretch> Stretches(RollupWindow window) => window.Levels.Append(new RollupStretch("deltas", window.From, window.To));
}
