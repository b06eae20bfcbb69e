using LlmObservability.Queries;
using Npgsql;

namespace LlmObservability.Postgres;

/// <summary>One group as a statement gives it.</summary>
/// <param name="Rank">Its place among the largest; null for all others.</param>
/// <param name="Bucket">Its time bucket.</param>
/// <param name="Keys">Its values.</param>
/// <param name="Measures">Its measures.</param>
internal sealed record PostgresGroup(long? Rank, DateTimeOffset? Bucket, string?[] Keys, LlmMeasures Measures);

/// <summary>The groups of a window and all of it.</summary>
/// <param name="Groups">By time, then by rank, all others last.</param>
/// <param name="Total">Everything.</param>
/// <param name="CappedFrom">Where the answer begins if that is later than asked for.</param>
internal sealed record PostgresGroups(List<PostgresGroup> Groups, LlmMeasures Total, DateTimeOffset? CappedFrom);

/// <summary>What statements over groups have in common.</summary>
internal static class PostgresGrouping
{
    /// <summary>The largest groups of a source with the keys <c>k1</c> and on, as a common table expression without its WITH.</summary>
    public static string Top(PostgresStatement statement, LlmAggregateRequest request, string source, string size, string where = "TRUE")
    {
        var keys = Keys(request, "");
        var sorted = string.Join(", ", Names(request).Select(name => name + " ASC NULLS LAST"));
        return $"""
            top AS MATERIALIZED (
              SELECT {keys}, row_number() OVER (ORDER BY size DESC, {sorted}) AS rank
              FROM (SELECT {keys}, {size} AS size FROM {source} AS s WHERE {where} GROUP BY {keys}) AS g
              ORDER BY rank LIMIT {statement.Integer(request.Top)})
            """;
    }

    /// <summary>Equality on texts can be hashed; IS NOT DISTINCT FROM cannot.</summary>
    public static string Matched(LlmAggregateRequest request) => string.Join(" AND ", Names(request).Select(name =>
        $"coalesce(t.{name}, '') = coalesce(c.{name}, '') AND (t.{name} IS NULL) = (c.{name} IS NULL)"));

    public static string Keys(LlmAggregateRequest request, string prefix) => string.Join(", ", Names(request).Select(name => prefix + name));

    public static (long? Rank, DateTimeOffset? Bucket, string?[] Keys) Read(NpgsqlDataReader reader, int keys)
    {
        long? rank = reader.IsDBNull(0) ? null : reader.GetInt64(0);
        return (
            rank,
            reader.IsDBNull(1) ? null : reader.GetFieldValue<DateTimeOffset>(1),
            keys > 0 && rank is null ? [] : [.. Enumerable.Range(2, keys).Select(i => reader.IsDBNull(i) ? null : reader.GetString(i))]);
    }

    private static IEnumerable<string> Names(LlmAggregateRequest request) => Enumerable.Range(0, request.GroupBy.Count).Select(PostgresCallsSource.Key);
}
