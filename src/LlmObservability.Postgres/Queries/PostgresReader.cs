using System.Runtime.CompilerServices;
using LlmObservability.Queries;
using Npgsql;

namespace LlmObservability.Postgres;

/// <summary>The read contract. Safe for parallel use: each query takes a connection of its own.</summary>
internal sealed class PostgresReader(PostgresSession session, PostgresNames names, PostgresLlmOptions options, TimeProvider timeProvider)
{
    private const int ExportPage = LlmListRequest.MaxLimit;

    private static readonly TimeSpan Day = TimeSpan.FromDays(1);

    public async ValueTask<LlmCallDetail?> GetAsync(Guid id, CancellationToken cancellationToken)
    {
        if (!LlmCallId.TryGetTime(id, out _))
        {
            return null;
        }

        return await session.AskEachAsync(
            async (asking, token) =>
            {
                Task<List<T>> ByCall<T>(string table, string columns, string idColumn, string timeColumn, string order, Func<NpgsqlDataReader, T> read)
                {
                    var statement = new PostgresStatement();
                    var condition = statement.IdCondition(id, idColumn, timeColumn);
                    return asking.ReadAsync(statement, $"SELECT {columns} FROM {table} WHERE {condition} ORDER BY {order}", read, token, byIndex: true);
                }

                Task<List<T>> Children<T>(string table, string columns, string order, Func<NpgsqlDataReader, T> read) =>
                    ByCall(table, columns, "call_id", "call_started_at", order, read);

                var calls = await ByCall(names.Calls, PostgresColumns.Calls, "id", "started_at", "id", PostgresRowReader.Call).ConfigureAwait(false);
                return calls.Count == 0 ? null : new LlmCallDetail(
                    calls[0],
                    await Children(names.Attempts, PostgresColumns.Attempts, "ordinal", PostgresRowReader.Attempt).ConfigureAwait(false),
                    await Children(names.ToolCalls, PostgresColumns.ToolCalls, "ordinal", PostgresRowReader.ToolCall).ConfigureAwait(false),
                    await Children(names.Amendments, PostgresColumns.Amendments, "created_at, id", PostgresRowReader.Amendment).ConfigureAwait(false));
            },
            cancellationToken).ConfigureAwait(false);
    }

    public async ValueTask<LlmPage> ListAsync(LlmListRequest request, CancellationToken cancellationToken)
    {
        LlmQueryValidator.Validate(request);
        LlmCursor? cursor = request.Cursor is null ? null : LlmCursor.Parse(request.Cursor, request);
        var (calls, stoppedAt) = await PageAsync(request.Filter, request.Order, request.Limit + 1, cursor, cancellationToken).ConfigureAwait(false);
        if (calls.Count > request.Limit)
        {
            calls.RemoveAt(request.Limit);
            return new LlmPage(calls, LlmCursor.After(calls[^1], request).ToString()) { CappedFrom = stoppedAt };
        }

        var next = stoppedAt is { } at && request.Order.Field == LlmField.StartedAt ? Beyond(at, request).ToString() : null;
        return new LlmPage(calls, next) { CappedFrom = stoppedAt };
    }

    public async ValueTask<LlmAggregate> AggregateAsync(LlmAggregateRequest request, CancellationToken cancellationToken)
    {
        LlmQueryValidator.Validate(request);
        return await session.AskAsync(
            (asking, token) => new PostgresAggregator(asking, names, options, timeProvider.GetUtcNow()).RunAsync(request, token),
            cancellationToken).ConfigureAwait(false);
    }

    public async ValueTask<LlmDistinct> DistinctAsync(LlmDistinctRequest request, CancellationToken cancellationToken)
    {
        LlmQueryValidator.Validate(request);
        return await session.AskAsync(
            (asking, token) => new PostgresDistinct(asking, names, options, timeProvider.GetUtcNow()).RunAsync(request, token),
            cancellationToken).ConfigureAwait(false);
    }

    public async ValueTask<LlmTools> ToolsAsync(LlmToolsRequest request, CancellationToken cancellationToken)
    {
        LlmQueryValidator.Validate(request);
        return await session.AskAsync(
            (asking, token) => new PostgresTools(asking, names, options, timeProvider.GetUtcNow()).RunAsync(request, token),
            cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Of one snapshot; what is cheap to tell, so that it can be asked again and again.</summary>
    public async ValueTask<LlmStoreStatus> StatusAsync(CancellationToken cancellationToken) => await session.AskAsync(
        (asking, token) => new PostgresStatus(asking, names).RunAsync(token), cancellationToken).ConfigureAwait(false);

    /// <summary>Day by day, and page by page behind the last row: a slow reader holds no connection, no snapshot and no lock.</summary>
    public async IAsyncEnumerable<LlmCall> ExportAsync(LlmFilter filter, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        LlmQueryValidator.Validate(filter);
        if (await OldestAsync(cancellationToken).ConfigureAwait(false) is not { } oldest)
        {
            yield break;
        }

        var ahead = timeProvider.GetUtcNow() + Day;
        var left = new PostgresSpan(filter.From > oldest ? filter.From : oldest, filter.To < ahead ? filter.To : ahead);
        while (!left.IsEmpty)
        {
            (var day, left) = left.Cut(descending: false, Day, ahead);
            await foreach (var call in ExportAsync(filter, day, cancellationToken).ConfigureAwait(false))
            {
                yield return call;
            }
        }
    }

    private async IAsyncEnumerable<LlmCall> ExportAsync(
        LlmFilter filter, PostgresSpan day, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var order = new LlmOrder(LlmField.StartedAt, Descending: false);
        LlmCursor? cursor = null;
        List<LlmCall> page;
        do
        {
            var after = cursor;
            var span = after is { } last ? day with { From = last.StartedAt } : day;
            page = await session.AskEachAsync(
                (asking, token) =>
                {
                    var statement = new PostgresStatement();
                    var sql = new PostgresList(names, filter.Conditions, order, after).Ordered(statement, span, ExportPage);
                    return asking.ReadAsync(statement, sql, PostgresRowReader.Call, token);
                },
                cancellationToken).ConfigureAwait(false);
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

    /// <summary>The place at which the next page goes on: no call has that id.</summary>
    private static LlmCursor Beyond(DateTimeOffset stoppedAt, LlmListRequest request)
    {
        var at = LlmValue.ToBound(stoppedAt);
        return new LlmCursor(
            request.Order.Field.Name, request.Order.Descending, LlmValue.Format(at), at, Guid.Empty, LlmCursor.HashOf(request));
    }

    private Task<(List<LlmCall> Calls, DateTimeOffset? StoppedAt)> PageAsync(
        LlmFilter filter, LlmOrder order, int limit, LlmCursor? cursor, CancellationToken cancellationToken) => session.AskEachAsync(
        (asking, token) => new PostgresLister(asking, names, options.MaxScanWindow, timeProvider.GetUtcNow())
            .ReadAsync(filter, order, limit, cursor, token),
        cancellationToken);

    private Task<DateTimeOffset?> OldestAsync(CancellationToken cancellationToken) => session.AskEachAsync(
        (asking, token) => PostgresLister.OldestAsync(asking, names, token), cancellationToken);
}
