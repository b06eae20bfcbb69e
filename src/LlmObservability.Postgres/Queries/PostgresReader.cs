using System.Runtime.CompilerServices;
using LlmObservability.Queries;
using Npgsql;

namespace LlmObservability.Postgres;

/// <summary>The read contract over raw rows. Safe for parallel use: each query takes a connection of its own.</summary>
internal sealed class PostgresReader(NpgsqlDataSource dataSource, PostgresNames names, int commandTimeout, PostgresBound bound)
{
    private const int ExportPage = LlmListRequest.MaxLimit;

    public async ValueTask<LlmCallDetail?> GetAsync(Guid id, CancellationToken cancellationToken)
    {
        var calls = await ByCallAsync(
            id, $"SELECT {PostgresColumns.Calls} FROM {names.Calls}", "id", "started_at", "", PostgresRowReader.Call, cancellationToken)
            .ConfigureAwait(false);
        if (calls.Count == 0)
        {
            return null;
        }

        Task<List<T>> Children<T>(string table, string columns, string order, Func<NpgsqlDataReader, T> read) =>
            ByCallAsync(id, $"SELECT {columns} FROM {table}", "call_id", "call_started_at", " ORDER BY " + order, read, cancellationToken);

        return new LlmCallDetail(
            calls[0],
            await Children(names.Attempts, PostgresColumns.Attempts, "ordinal", PostgresRowReader.Attempt).ConfigureAwait(false),
            await Children(names.ToolCalls, PostgresColumns.ToolCalls, "ordinal", PostgresRowReader.ToolCall).ConfigureAwait(false),
            await Children(names.Amendments, PostgresColumns.Amendments, "created_at, id", PostgresRowReader.Amendment).ConfigureAwait(false));
    }

    public async ValueTask<LlmPage> ListAsync(LlmListRequest request, CancellationToken cancellationToken)
    {
        LlmQueryValidator.Validate(request);
        LlmCursor? cursor = request.Cursor is null ? null : LlmCursor.Parse(request.Cursor, request);
        var calls = await PageAsync(request.Filter, request.Order, request.Limit + 1, cursor, cancellationToken).ConfigureAwait(false);
        if (calls.Count <= request.Limit)
        {
            return new LlmPage(calls, null);
        }

        calls.RemoveAt(request.Limit);
        return new LlmPage(calls, LlmCursor.After(calls[^1], request).ToString());
    }

    public async ValueTask<LlmAggregate> AggregateAsync(LlmAggregateRequest request, CancellationToken cancellationToken)
    {
        LlmQueryValidator.Validate(request);
        return await bound.RunAsync(
            async token =>
            {
                var connection = await dataSource.OpenConnectionAsync(token).ConfigureAwait(false);
                await using var closing = connection.ConfigureAwait(false);
                return await new PostgresAggregator(connection, names, commandTimeout).RunAsync(request, token).ConfigureAwait(false);
            },
            cancellationToken).ConfigureAwait(false);
    }

    public async ValueTask<LlmDistinct> DistinctAsync(LlmDistinctRequest request, CancellationToken cancellationToken)
    {
        LlmQueryValidator.Validate(request);
        var statement = new PostgresStatement();
        var column = statement.ColumnText(request.Field);
        var prefix = string.IsNullOrEmpty(request.Prefix) ? "" : $" AND starts_with({column}, {statement.Text(request.Prefix)})";
        var values = await QueryAsync(
            statement,
            $"SELECT {column} AS value, count(*) FROM {names.Calls} WHERE {statement.Where(request.Filter)} AND {column} IS NOT NULL{prefix} "
            + $"GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT {statement.Integer(request.Limit + 1)}",
            static reader => new LlmDistinctValue(reader.GetString(0), reader.GetInt64(1)),
            cancellationToken).ConfigureAwait(false);
        var hasMore = values.Count > request.Limit;
        if (hasMore)
        {
            values.RemoveAt(request.Limit);
        }

        return new LlmDistinct(values, hasMore);
    }

    /// <summary>Page by page behind the last row: a slow reader holds no connection, no snapshot and no lock.</summary>
    public async IAsyncEnumerable<LlmCall> ExportAsync(LlmFilter filter, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        LlmQueryValidator.Validate(filter);
        var order = new LlmOrder(LlmField.StartedAt, Descending: false);
        LlmCursor? cursor = null;
        List<LlmCall> page;
        do
        {
            page = await PageAsync(filter, order, ExportPage, cursor, cancellationToken).ConfigureAwait(false);
            foreach (var call in page)
            {
                cancellationToken.ThrowIfCancellationRequested();
                yield return call;
            }

            if (page.Count > 0)
            {
                cursor = new LlmCursor(order.Field.Name, order.Descending, null, page[^1].StartedAt, page[^1].Id, 0);
            }
        }
        while (page.Count == ExportPage);
    }

    private async Task<List<T>> ByCallAsync<T>(
        Guid id,
        string select,
        string idColumn,
        string timeColumn,
        string order,
        Func<NpgsqlDataReader, T> read,
        CancellationToken cancellationToken)
    {
        var statement = new PostgresStatement();
        return statement.IdCondition(id, idColumn, timeColumn) is { } condition
            ? await QueryAsync(statement, $"{select} WHERE {condition}{order}", read, cancellationToken).ConfigureAwait(false)
            : [];
    }

    private Task<List<LlmCall>> PageAsync(
        LlmFilter filter, LlmOrder order, int limit, LlmCursor? cursor, CancellationToken cancellationToken)
    {
        var statement = new PostgresStatement();
        var direction = order.Descending ? "DESC" : "ASC";
        var first = order.Field == LlmField.StartedAt ? "" : $"{PostgresNames.Quote(order.Field.Name)} {direction} NULLS LAST, ";
        var where = statement.Where(filter);
        if (cursor is { } after)
        {
            where += " AND " + After(statement, order, after);
        }

        return QueryAsync(
            statement,
            $"SELECT {PostgresColumns.Calls} FROM {names.Calls} WHERE {where} "
            + $"ORDER BY {first}started_at {direction}, id {direction} LIMIT {statement.Integer(limit)}",
            PostgresRowReader.Call,
            cancellationToken);
    }

    private static string After(PostgresStatement statement, LlmOrder order, LlmCursor cursor)
    {
        var column = PostgresNames.Quote(order.Field.Name);
        var beyond = order.Descending ? "<" : ">";
        var time = statement.Time(cursor.StartedAt);
        var tie = $"(started_at, id) {beyond} ({time}, {statement.Id(cursor.Id)})";
        if (order.Field == LlmField.StartedAt)
        {
            // The first part says nothing new, but partitions are pruned by it.
            return $"started_at {beyond}= {time} AND {tie}";
        }

        if (cursor.Key is null)
        {
            return $"({column} IS NULL AND {tie})";
        }

        var key = statement.Value(order.Field.Type, cursor.Key);
        return $"({column} {beyond} {key} OR ({column} = {key} AND {tie}) OR {column} IS NULL)";
    }

    private Task<List<T>> QueryAsync<T>(
        PostgresStatement statement, string sql, Func<NpgsqlDataReader, T> read, CancellationToken cancellationToken) =>
        bound.RunAsync(token => QueryOnceAsync(statement, sql, read, token), cancellationToken);

    private async Task<List<T>> QueryOnceAsync<T>(
        PostgresStatement statement, string sql, Func<NpgsqlDataReader, T> read, CancellationToken cancellationToken)
    {
        var connection = await dataSource.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        await using var closing = connection.ConfigureAwait(false);
        var command = statement.ToCommand(sql, connection, commandTimeout);
        await using var disposing = command.ConfigureAwait(false);
        var reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        await using var ending = reader.ConfigureAwait(false);
        List<T> rows = [];
        while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
        {
            rows.Add(read(reader));
        }

        return rows;
    }
}
