using LlmObservability.Queries;

namespace LlmObservability.Postgres;

/// <summary>The statements of one list: its conditions, its order, and where the page before ended.</summary>
internal sealed class PostgresList(PostgresNames names, IReadOnlyList<LlmCondition> conditions, LlmOrder order, LlmCursor? cursor)
{
    private const string NotCompletedSql = " AND outcome <> 'completed'";

    private static readonly LlmField[] Indexed = [LlmField.Id, LlmField.User, LlmField.Session, LlmField.Conversation, LlmField.TraceId];

    private readonly LlmCondition[] _indexed = [.. conditions.Where(IsIndexed)];
    private readonly LlmCondition[] _other = [.. conditions.Where(condition => !IsIndexed(condition))];

    // Said outright, so that a plan for any values can use the index of these calls too.
    private readonly string _notCompleted = conditions.Any(IsNotCompleted) ? NotCompletedSql : "";

    public bool Descending => order.Descending;

    public bool InTime => order.Field == LlmField.StartedAt;

    /// <summary>Whether a condition has an index that finds its calls.</summary>
    public bool HasIndex => _indexed.Length > 0;

    /// <summary>Whether that is by its nature one which few calls meet.</summary>
    public bool FindsFew => _indexed.Any(condition => condition.Field.TagKey is null && condition.Field != LlmField.User);

    /// <summary>All of a span that match, in order.</summary>
    public string Ordered(PostgresStatement statement, PostgresSpan span, int limit) =>
        $"SELECT {PostgresColumns.Calls} FROM {names.Calls} WHERE {Within(statement, span)}{_notCompleted} AND {statement.Where(conditions)} "
        + $"ORDER BY {Order} LIMIT {statement.Integer(limit)}";

    /// <summary>Those that match among the first so many of a span.</summary>
    public string Walk(PostgresStatement statement, PostgresSpan span, int rows, int limit) =>
        $"SELECT {PostgresColumns.Calls} FROM (SELECT * FROM {names.Calls} WHERE {Within(statement, span)}{_notCompleted} "
        + $"ORDER BY {Order} LIMIT {statement.Integer(rows)}) AS near WHERE {statement.Where(conditions)} "
        + $"ORDER BY {Order} LIMIT {statement.Integer(limit)}";

    /// <summary>
    /// Those that match among what an index finds in a span, and in the last column of each row how many it found: when more
    /// than <paramref name="most"/>, some are left out. One row at least.
    /// </summary>
    // Each call is one value until it is known which are wanted: the planner writes every column down for every partition.
    public string Gather(PostgresStatement statement, PostgresSpan span, int most, int limit) =>
        $"WITH found AS MATERIALIZED (SELECT calls AS call FROM {names.Calls} AS calls WHERE {Within(statement, span)} AND {statement.Where(_indexed)} "
        + $"LIMIT {statement.Integer(most + 1)}) "
        + $"SELECT {PostgresColumns.Calls}, matches FROM (SELECT count(*) AS matches FROM found) AS counted "
        + $"LEFT JOIN (SELECT * FROM (SELECT (call).* FROM found) AS calls WHERE {statement.Where(_other)} ORDER BY {Order} "
        + $"LIMIT {statement.Integer(limit)}) AS page ON TRUE ORDER BY {Order}";

    private string Order
    {
        get
        {
            var direction = order.Descending ? "DESC" : "ASC";
            return (InTime ? "" : $"{PostgresNames.Quote(order.Field.Name)} {direction} NULLS LAST, ") + $"started_at {direction}, id {direction}";
        }
    }

    private static bool IsIndexed(LlmCondition condition) =>
        condition.Operator == LlmOperator.In && (condition.Field.TagKey is not null || Indexed.Contains(condition.Field));

    private static bool IsNotCompleted(LlmCondition condition) =>
        condition.Field == LlmField.Outcome
        && condition.Operator is LlmOperator.In or LlmOperator.NotIn
        && condition.Values.Contains(LlmOutcome.Completed.ToName()) == (condition.Operator == LlmOperator.NotIn);

    private string Within(PostgresStatement statement, PostgresSpan span) =>
        statement.Window(span.From, span.To) + (cursor is { } after ? " AND " + After(statement, after) : "");

    private string After(PostgresStatement statement, LlmCursor after)
    {
        var beyond = order.Descending ? "<" : ">";
        var tie = $"(started_at, id) {beyond} ({statement.Time(after.StartedAt)}, {statement.Id(after.Id)})";
        if (InTime)
        {
            return tie;
        }

        var column = PostgresNames.Quote(order.Field.Name);
        if (after.Key is null)
        {
            return $"({column} IS NULL AND {tie})";
        }

        var key = statement.Value(order.Field.Type, after.Key);
        return $"({column} {beyond} {key} OR ({column} = {key} AND {tie}) OR {column} IS NULL)";
    }
}
