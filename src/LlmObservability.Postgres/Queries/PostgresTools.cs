using LlmObservability.Queries;
using Npgsql;

namespace LlmObservability.Postgres;

/// <summary>Answers which tools calls used: from the tool calls of so much time as may be read.</summary>
internal sealed class PostgresTools(PostgresAsking asking, PostgresNames names, PostgresLlmOptions options, DateTimeOffset now)
{
    public async Task<LlmTools> RunAsync(LlmToolsRequest request, CancellationToken cancellationToken)
    {
        var span = await PostgresScan.BoundAsync(asking, names, request.Filter, options.MaxScanWindow, now, cancellationToken).ConfigureAwait(false);
        var statement = new PostgresStatement();
        var tools = await asking.ReadAsync(
            statement, Sql(statement, request with { Filter = request.Filter with { From = span.From } }), Read, cancellationToken).ConfigureAwait(false);
        var hasMore = tools.Count > request.Top;
        if (hasMore)
        {
            tools.RemoveAt(request.Top);
        }

        return new LlmTools(tools, hasMore) { CappedFrom = span.CappedFrom };
    }

    /// <summary>
    /// Both sides are bounded by the calls' times, by which both tables are cut into partitions; and tool calls by the calls' ids too,
    /// so that the index of their key finds those of a short time.
    /// </summary>
    private string Sql(PostgresStatement statement, LlmToolsRequest request)
    {
        var filter = request.Filter;
        var duration = string.Join(", ", PostgresMeasures.Distribution("duration_us", percentiles: true, histograms: false));
        return $"""
            SELECT name, type, count(*),
              count(*) FILTER (WHERE outcome = 'completed'), count(*) FILTER (WHERE outcome = 'failed'),
              count(*) FILTER (WHERE outcome = 'cancelled'), count(*) FILTER (WHERE outcome = 'abandoned'), {duration}
            FROM (
              SELECT name, type, outcome, nullif(duration_us, 0) AS duration_us
              FROM (SELECT id AS of_call, started_at AS of_time FROM {names.Calls} WHERE {statement.Where(filter)}) AS c
              JOIN {names.ToolCalls} ON call_id = of_call AND call_started_at = of_time
              WHERE {statement.Window(filter.From, filter.To, "call_started_at")} AND {statement.IdWindow(filter.From, filter.To, "call_id")}) AS t
            GROUP BY name, type
            ORDER BY 3 DESC, name, type
            LIMIT {statement.Integer(request.Top + 1)}
            """;
    }

    private static LlmToolUse Read(NpgsqlDataReader reader) => new()
    {
        Name = reader.GetString(0),
        Type = reader.GetString(1),
        ToolCalls = reader.GetInt64(2),
        Completed = reader.GetInt64(3),
        Failed = reader.GetInt64(4),
        Cancelled = reader.GetInt64(5),
        Abandoned = reader.GetInt64(6),
        Duration = PostgresMeasures.ReadDistribution(reader, 7, histogram: false),
    };
}
