using System.Data;
using LlmObservability.Queries;
using Npgsql;

namespace LlmObservability.Postgres;

/// <summary>Answers an aggregate over raw rows: the total, the largest groups and all others, by time, and the previous period.</summary>
internal sealed class PostgresAggregator(NpgsqlConnection connection, PostgresNames names, int commandTimeout)
{
    public async Task<LlmAggregate> RunAsync(LlmAggregateRequest request, CancellationToken cancellationToken)
    {
        // One snapshot, so that rows and totals add up while calls come in.
        var transaction = await connection.BeginTransactionAsync(IsolationLevel.RepeatableRead, cancellationToken).ConfigureAwait(false);
        await using var ending = transaction.ConfigureAwait(false);
        await BoundAsync(cancellationToken).ConfigureAwait(false);

        var total = await TotalAsync(request, request.Filter, cancellationToken).ConfigureAwait(false);
        var previousFilter = request.ComparePrevious ? PreviousOf(request.Filter) : null;
        var previous = previousFilter is null
            ? null
            : await TotalAsync(request, previousFilter, cancellationToken).ConfigureAwait(false);
        IReadOnlyList<LlmAggregateRow> rows;
        if (request.GroupBy.Count == 0 && request.Bucket == LlmBucket.None)
        {
            rows = [new LlmAggregateRow { Measures = total, Previous = previous }];
        }
        else
        {
            var current = await RowsAsync(request, request.Filter, cancellationToken).ConfigureAwait(false);
            rows = previousFilter is null
                ? [.. current.Select(row => row.Row)]
                : WithPrevious(current, await RowsAsync(request, previousFilter, cancellationToken).ConfigureAwait(false));
        }

        return new LlmAggregate(rows, total, previous);
    }

    /// <summary>A session that loses its client must not keep its snapshot: it would keep the server from cleaning up.</summary>
    private async Task BoundAsync(CancellationToken cancellationToken)
    {
        var commands = new NpgsqlBatch(connection) { Timeout = commandTimeout };
        await using var disposing = commands.ConfigureAwait(false);
        commands.BatchCommands.Add(PostgresClaim.Bound(commandTimeout));
        await commands.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
    }

    private static LlmFilter PreviousOf(LlmFilter filter)
    {
        var (from, to) = (filter.From!.Value, filter.To!.Value);
        return filter with { From = from - (to - from), To = from };
    }

    private static LlmAggregateRow[] WithPrevious(
        List<(long? Rank, LlmAggregateRow Row)> current, List<(long? Rank, LlmAggregateRow Row)> previous)
    {
        var byRank = previous.Where(row => row.Rank is not null).ToDictionary(row => row.Rank!.Value, row => row.Row.Measures);
        return
        [
            .. current.Select(row => row.Rank is { } rank
                ? row.Row with { Previous = byRank.GetValueOrDefault(rank) ?? new LlmMeasures() }
                : row.Row),
        ];
    }

    private async Task<LlmMeasures> TotalAsync(LlmAggregateRequest request, LlmFilter filter, CancellationToken cancellationToken)
    {
        var statement = new PostgresStatement();
        var command = statement.ToCommand(
            $"SELECT {PostgresMeasures.Sql(request.Percentiles)} FROM {names.Calls} WHERE {statement.Where(filter)}",
            connection,
            commandTimeout);
        await using var disposing = command.ConfigureAwait(false);
        var reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        await using var closing = reader.ConfigureAwait(false);
        await reader.ReadAsync(cancellationToken).ConfigureAwait(false);
        return PostgresMeasures.Read(reader, 0);
    }

    /// <summary>The groups are those of the request's own filter; the measures those of <paramref name="filter"/>.</summary>
    private async Task<List<(long? Rank, LlmAggregateRow Row)>> RowsAsync(
        LlmAggregateRequest request, LlmFilter filter, CancellationToken cancellationToken)
    {
        var statement = new PostgresStatement();
        var keys = request.GroupBy.Count;
        var command = statement.ToCommand(Sql(statement, request, filter), connection, commandTimeout);
        await using var disposing = command.ConfigureAwait(false);
        var reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        await using var closing = reader.ConfigureAwait(false);
        List<(long?, LlmAggregateRow)> rows = [];
        while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
        {
            rows.Add(Row(reader, keys));
        }

        return rows;
    }

    private static (long? Rank, LlmAggregateRow Row) Row(NpgsqlDataReader reader, int keys)
    {
        long? rank = reader.IsDBNull(0) ? null : reader.GetInt64(0);
        var isOther = keys > 0 && rank is null;
        return (rank, new LlmAggregateRow
        {
            Bucket = reader.IsDBNull(1) ? null : reader.GetFieldValue<DateTimeOffset>(1),
            Keys = isOther ? [] : [.. Enumerable.Range(2, keys).Select(i => reader.IsDBNull(i) ? null : reader.GetString(i))],
            IsOther = isOther,
            Measures = PostgresMeasures.Read(reader, 2 + keys),
        });
    }

    private string Sql(PostgresStatement statement, LlmAggregateRequest request, LlmFilter filter)
    {
        var bucket = request.Bucket == LlmBucket.None
            ? "NULL::timestamptz"
            : $"date_trunc('{request.Bucket switch { LlmBucket.Minute => "minute", LlmBucket.Hour => "hour", _ => "day" }}', c.started_at, 'UTC')";
        var measures = PostgresMeasures.Sql(request.Percentiles);
        if (request.GroupBy.Count == 0)
        {
            return $"SELECT NULL::bigint, {bucket} AS bucket, {measures} FROM {names.Calls} AS c WHERE {statement.Where(filter)} "
                + "GROUP BY 2 ORDER BY 2";
        }

        var keyNames = Enumerable.Range(1, request.GroupBy.Count).Select(i => "k" + LlmValue.Format(i)).ToArray();
        var expressions = request.GroupBy.Select(statement.ColumnText).ToArray();
        var selected = string.Join(", ", expressions.Zip(keyNames, (expression, name) => $"{expression} AS {name}"));
        var sorted = string.Join(", ", keyNames.Select(name => name + " ASC NULLS LAST"));
        var grouped = string.Join(", ", keyNames);

        // Equality on texts can be hashed; IS NOT DISTINCT FROM cannot.
        var matched = string.Join(" AND ", keyNames.Select(name =>
            $"coalesce(t.{name}, '') = coalesce(c.{name}, '') AND (t.{name} IS NULL) = (c.{name} IS NULL)"));
        return $"""
            WITH top AS (
              SELECT {grouped}, row_number() OVER (ORDER BY size DESC, {sorted}) AS rank
              FROM (SELECT {selected}, {PostgresMeasures.Sql(request.TopBy)} AS size FROM {names.Calls}
                    WHERE {statement.Where(request.Filter)} GROUP BY {grouped}) AS g
              ORDER BY rank LIMIT {statement.Integer(request.Top)})
            SELECT t.rank, {bucket} AS bucket, {string.Join(", ", keyNames.Select(name => "t." + name))}, {measures}
            FROM (SELECT {selected}, calls.* FROM {names.Calls} AS calls WHERE {statement.Where(filter)}) AS c
            LEFT JOIN top AS t ON {matched}
            GROUP BY t.rank, bucket, {string.Join(", ", keyNames.Select(name => "t." + name))}
            ORDER BY bucket, t.rank NULLS LAST
            """;
    }
}
