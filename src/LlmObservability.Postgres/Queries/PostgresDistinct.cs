using LlmObservability.Queries;

namespace LlmObservability.Postgres;

/// <summary>Answers which values a field has: from rollups where they can tell it, else from the calls of so much time as may be read.</summary>
internal sealed class PostgresDistinct(PostgresAsking asking, PostgresNames names, PostgresLlmOptions options, DateTimeOffset now)
{
    public async Task<LlmDistinct> RunAsync(LlmDistinctRequest request, CancellationToken cancellationToken)
    {
        var statement = new PostgresStatement();
        var (source, cappedFrom) = await RollupsAsync(statement, request, cancellationToken).ConfigureAwait(false)
            ?? await CallsAsync(statement, request, cancellationToken).ConfigureAwait(false);
        var prefix = string.IsNullOrEmpty(request.Prefix) ? "" : $" AND starts_with(k1, {statement.Text(request.Prefix)})";
        var values = await asking.ReadAsync(
            statement,
            $"SELECT k1, sum(calls)::bigint FROM {source} AS c WHERE k1 IS NOT NULL{prefix} "
            + $"GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT {statement.Integer(request.Limit + 1)}",
            static reader => new LlmDistinctValue(reader.GetString(0), reader.GetInt64(1)),
            cancellationToken,
            byHash: true).ConfigureAwait(false);
        var hasMore = values.Count > request.Limit;
        if (hasMore)
        {
            values.RemoveAt(request.Limit);
        }

        return new LlmDistinct(values, hasMore) { CappedFrom = cappedFrom };
    }

    private async Task<(string Source, DateTimeOffset? CappedFrom)?> RollupsAsync(
        PostgresStatement statement, LlmDistinctRequest request, CancellationToken cancellationToken)
    {
        if (request.Filter is not { From: { } from, To: { } to } || from >= to || !options.Rollups
            || RollupPlan.SetFor(request.Filter.Conditions.Select(condition => condition.Field).Append(request.Field)) is not { } set)
        {
            return null;
        }

        var plan = new RollupPlan(asking, names, options, now);
        var limits = await plan.LimitsAsync(null, cancellationToken).ConfigureAwait(false);
        var window = await plan.CutAsync(from, to, RollupDeltas.Minute, LlmBucket.None, limits, cancellationToken).ConfigureAwait(false);
        var counted = new LlmAggregateRequest { Filter = request.Filter, GroupBy = [request.Field], Measures = LlmMeasureSet.Spend };
        return window.HasLevels ? (new PostgresRollupAggregate(asking, names, counted, set).Source(statement, window), window.CappedFrom) : null;
    }

    private async Task<(string Source, DateTimeOffset? CappedFrom)> CallsAsync(
        PostgresStatement statement, LlmDistinctRequest request, CancellationToken cancellationToken)
    {
        var span = await PostgresScan.BoundAsync(asking, names, request.Filter, options.MaxScanWindow, now, cancellationToken).ConfigureAwait(false);
        var where = statement.Where(request.Filter with { From = span.From });
        return ($"(SELECT {statement.ColumnText(request.Field)} AS k1, 1 AS calls FROM {names.Calls} WHERE {where})", span.CappedFrom);
    }
}
