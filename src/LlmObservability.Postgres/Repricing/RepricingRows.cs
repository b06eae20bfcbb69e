using System.Text;
using System.Text.Json;
using LlmObservability.Queries;
using Npgsql;

namespace LlmObservability.Postgres;

/// <summary>Reads a batch of calls with what belongs to their cost, and writes amendments, on one connection.</summary>
internal sealed class RepricingRows(NpgsqlConnection connection, PostgresNames names, int commandTimeout)
{
    /// <summary>
    /// The next calls behind the cursor, in order. Not those that retention is just removing, of which the amendments went first: they
    /// are gone in a moment, and there is nowhere to write what they cost.
    /// </summary>
    public Task<List<LlmCall>> CallsAsync(
        PostgresRepricingRequest request, (DateTimeOffset StartedAt, Guid Id)? cursor, CancellationToken cancellationToken)
    {
        var statement = new PostgresStatement();
        var kept = $"""
            started_at >= (
              SELECT coalesce(min((regexp_match(pg_get_expr(c.relpartbound, c.oid), 'FROM \(''([^'']+)''\)'))[1]::timestamptz), 'infinity')
              FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
              WHERE i.inhparent = {statement.Text(names.Amendments)}::regclass AND NOT i.inhdetachpending)
            """;
        var from = cursor is { } after
            ? $"started_at >= {statement.Time(after.StartedAt)} AND (started_at, id) > ({statement.Time(after.StartedAt)}, {statement.Id(after.Id)})"
            : $"started_at >= {statement.Time(LlmValue.ToBound(request.From))}";
        return QueryAsync(
            statement,
            $"SELECT {PostgresColumns.Calls} FROM {names.Calls} WHERE {from} AND {kept} AND started_at < {statement.Time(LlmValue.ToBound(request.To))} "
            + $"ORDER BY started_at, id LIMIT {statement.Integer(request.BatchSize)}",
            PostgresRowReader.Call,
            cancellationToken);
    }

    /// <summary>The stored attempts of these calls.</summary>
    public async Task<ILookup<(Guid, DateTimeOffset), LlmAttempt>> AttemptsAsync(List<LlmCall> calls, CancellationToken cancellationToken)
    {
        var statement = new PostgresStatement();
        var rows = await QueryAsync(
            statement,
            $"SELECT {PostgresColumns.Attempts} FROM {names.Attempts} WHERE {Of(statement, calls)}",
            static reader => (Call: (reader.GetGuid(0), reader.GetFieldValue<DateTimeOffset>(1)), Attempt: PostgresRowReader.Attempt(reader)),
            cancellationToken).ConfigureAwait(false);
        return rows.ToLookup(row => row.Call, row => row.Attempt);
    }

    /// <summary>The newest repricing of those that have one. An id alone may be that of several calls: those of another time.</summary>
    public async Task<Dictionary<(Guid, DateTimeOffset), LlmAmendment>> RepricingsAsync(List<LlmCall> calls, CancellationToken cancellationToken)
    {
        var statement = new PostgresStatement();
        var rows = await QueryAsync(
            statement,
            $"SELECT DISTINCT ON (call_started_at, call_id) {PostgresColumns.Amendments} FROM {names.Amendments} "
            + $"WHERE kind = '{LlmVocabulary.Repricing}' AND {Of(statement, calls)} ORDER BY call_started_at, call_id, created_at DESC, id DESC",
            PostgresRowReader.Amendment,
            cancellationToken).ConfigureAwait(false);
        return rows.ToDictionary(amendment => (amendment.CallId, amendment.CallStartedAt));
    }

    /// <summary>By INSERT, which row-level security allows to a role that COPY is refused to.</summary>
    public async Task InsertAsync(List<LlmAmendment> amendments, CancellationToken cancellationToken)
    {
        const string Columns =
            "id, call_id, call_started_at, created_at, kind, cost_nanos, cost_input_nanos, cost_cached_input_nanos, cost_output_nanos, "
            + "cost_fees_nanos, cost_reason, price_entry, catalog_date";
        var statement = new PostgresStatement();
        var command = statement.ToCommand(
            $"INSERT INTO {names.Amendments} ({Columns}) SELECT {Columns} FROM json_to_recordset({statement.Text(Json(amendments))}::json) AS r ("
            + "id uuid, call_id uuid, call_started_at timestamptz, created_at timestamptz, kind text, cost_nanos bigint, cost_input_nanos bigint, "
            + "cost_cached_input_nanos bigint, cost_output_nanos bigint, cost_fees_nanos bigint, cost_reason text, price_entry text, catalog_date date)",
            connection,
            commandTimeout);
        await using var disposing = command.ConfigureAwait(false);
        await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
    }

    private static string Json(List<LlmAmendment> amendments)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream))
        {
            json.WriteStartArray();
            foreach (var amendment in amendments)
            {
                json.WriteStartObject();
                json.WriteString("id", amendment.Id);
                json.WriteString("call_id", amendment.CallId);
                json.WriteString("call_started_at", amendment.CallStartedAt);
                json.WriteString("created_at", amendment.CreatedAt);
                json.WriteString("kind", amendment.Kind);
                if (amendment.Cost is { } cost)
                {
                    json.WriteNumber("cost_nanos", cost.TotalNanos);
                    json.WriteNumber("cost_input_nanos", cost.InputNanos);
                    json.WriteNumber("cost_cached_input_nanos", cost.CachedInputNanos);
                    json.WriteNumber("cost_output_nanos", cost.OutputNanos);
                    json.WriteNumber("cost_fees_nanos", cost.FeesNanos);
                }

                json.WriteString("cost_reason", amendment.CostReason?.ToName());
                json.WriteString("price_entry", amendment.PriceEntry is { } entry ? StorableText.Clean(entry) : null);
                json.WriteString("catalog_date", amendment.CatalogDate?.ToString("yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture));
                json.WriteEndObject();
            }

            json.WriteEndArray();
        }

        return Encoding.UTF8.GetString(stream.ToArray());
    }

    /// <summary>The range finds the partitions, the ids the rows.</summary>
    private static string Of(PostgresStatement statement, List<LlmCall> calls) =>
        $"call_started_at >= {statement.Time(calls[0].StartedAt)} AND call_started_at <= {statement.Time(calls[^1].StartedAt)} "
        + $"AND call_id = ANY (string_to_array({statement.Text(string.Join(',', calls.Select(call => call.Id)))}, ',')::uuid[])";

    private async Task<List<T>> QueryAsync<T>(
        PostgresStatement statement, string sql, Func<NpgsqlDataReader, T> read, CancellationToken cancellationToken)
    {
        var command = statement.ToCommand(sql, connection, commandTimeout);
        await using var disposing = command.ConfigureAwait(false);
        var reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        await using var closing = reader.ConfigureAwait(false);
        List<T> rows = [];
        while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
        {
            rows.Add(read(reader));
        }

        return rows;
    }
}
