using Npgsql;
using NpgsqlTypes;

namespace LlmObservability.Throughput.Analytics.Ingest;

/// <summary>
/// What one would write by hand, with all that a call has: typed binary COPY into the tables that have rows, a
/// transaction for each batch. No ledger, no rollups, no partitions to look after.
/// </summary>
internal static class PlainTables
{
    private const string TokensAndCost =
        "usage_source, input_tokens, uncached_input_tokens, cache_read_tokens, cache_write_5m_tokens, cache_write_1h_tokens, "
        + "output_tokens, visible_output_tokens, reasoning_tokens, token_detail, "
        + "cost_nanos, cost_input_nanos, cost_cached_input_nanos, cost_output_nanos, cost_fees_nanos, cost_reason, price_entry, catalog_date";

    private const string Http = "provider_request_id, http_send_count, retry_after_us, remaining_requests, remaining_tokens, ";

    private const string Calls =
        "id, started_at, trace_id, span_id, "
        + "\"user\", tenant, session, conversation, episode, route, feature, config, variant, environment, service, service_version, tags, "
        + "operation, output_type, provider, model, request_model, response_model, response_id, server_address, server_port, "
        + "service_tier, geo, speed, web_search_count, input_count, dimensions, " + Http
        + "similarity, schema_validated, schema_errors, outcome, http_status, error_type, finish_reason, "
        + "streaming, cached, attempt_count, tool_call_count, " + TokensAndCost
        + ", duration_us, provider_time_us, time_to_first_token_us, queue_wait_us, chunk_count, longest_stall_us, output_tokens_per_second";

    private const string Attempts =
        "call_id, call_started_at, ordinal, started_at, provider, request_model, response_model, response_id, "
        + Http + "server_address, outcome, http_status, error_type, finish_reason, " + TokensAndCost + ", duration_us, time_to_first_token_us";

    private const string ToolCalls =
        "call_id, call_started_at, ordinal, started_at, name, type, tool_call_id, outcome, error_type, duration_us";

    public static async Task WriteAsync(NpgsqlConnection connection, string schema, IReadOnlyList<PlainCall> calls)
    {
        await using var transaction = await connection.BeginTransactionAsync();
        await CopyAsync(connection, $"{schema}.calls ({Calls})", calls, CallAsync);
        var attempts = calls.SelectMany(call => call.Envelope.Attempts.Select(attempt => (call, attempt))).ToArray();
        await CopyAsync(connection, $"{schema}.attempts ({Attempts})", attempts, AttemptAsync);
        var toolCalls = calls.SelectMany(call => call.Envelope.ToolCalls.Select(toolCall => (call, toolCall))).ToArray();
        await CopyAsync(connection, $"{schema}.tool_calls ({ToolCalls})", toolCalls, ToolCallAsync);
        await transaction.CommitAsync();
    }

    private static async Task CopyAsync<T>(NpgsqlConnection connection, string target, IReadOnlyList<T> rows, Func<PlainFields, T, Task> writeAsync)
    {
        if (rows.Count == 0)
        {
            return;
        }

        await using var writer = await connection.BeginBinaryImportAsync($"COPY {target} FROM STDIN (FORMAT BINARY)");
        var fields = new PlainFields(writer);
        foreach (var row in rows)
        {
            await writer.StartRowAsync();
            await writeAsync(fields, row);
        }

        await writer.CompleteAsync();
    }

    private static async Task CallAsync(PlainFields row, PlainCall plain)
    {
        var call = plain.Envelope.Call;
        var tags = call.Tags;
        await row.IdAsync(call.Id);
        await row.TimeAsync(plain.StartedAt);
        await row.TextAsync(call.TraceId);
        await row.TextAsync(call.SpanId);
        await row.TextAsync(tags.User);
        await row.TextAsync(tags.Tenant);
        await row.TextAsync(tags.Session);
        await row.TextAsync(tags.Conversation);
        await row.TextAsync(tags.Episode);
        await row.TextAsync(tags.Route);
        await row.TextAsync(tags.Feature);
        await row.TextAsync(tags.Config);
        await row.TextAsync(tags.Variant);
        await row.TextAsync(tags.Environment);
        await row.TextAsync(tags.Service);
        await row.TextAsync(tags.ServiceVersion);
        await row.TextAsync(plain.Tags, NpgsqlDbType.Jsonb);
        await row.TextAsync(call.Operation);
        await row.TextAsync(call.OutputType);
        await row.TextAsync(call.Provider);
        await row.TextAsync(call.Model);
        await row.TextAsync(call.RequestModel);
        await row.TextAsync(call.ResponseModel);
        await row.TextAsync(call.ResponseId);
        await row.TextAsync(call.ServerAddress);
        await row.IntegerAsync(call.ServerPort);
        await row.TextAsync(call.ServiceTier);
        await row.TextAsync(call.Geo);
        await row.TextAsync(call.Speed);
        await row.IntegerAsync(call.WebSearchCount);
        await row.IntegerAsync(call.InputCount);
        await row.IntegerAsync(call.Dimensions);
        await HttpAsync(row, call.Http);
        await row.ValueAsync(call.Similarity, NpgsqlDbType.Double);
        await row.ValueAsync(call.SchemaValidated, NpgsqlDbType.Boolean);
        await row.TextAsync(call.SchemaErrors);
        await row.TextAsync(plain.Outcome);
        await row.IntegerAsync(call.HttpStatus);
        await row.TextAsync(call.ErrorType);
        await row.TextAsync(call.FinishReason);
        await row.ValueAsync<bool>(call.Streaming, NpgsqlDbType.Boolean);
        await row.ValueAsync<bool>(call.Cached, NpgsqlDbType.Boolean);
        await row.IntegerAsync(call.AttemptCount);
        await row.IntegerAsync(call.ToolCallCount);
        await TokensAndCostAsync(row, call.Tokens, call.Cost, call.CostReason, call.PriceEntry, call.CatalogDate);
        await row.LongAsync(PlainCall.Microseconds(call.Duration));
        await row.LongAsync(PlainCall.Microseconds(call.ProviderTime));
        await row.LongAsync(PlainCall.Microseconds(call.TimeToFirstToken));
        await row.LongAsync(PlainCall.Microseconds(call.QueueWait));
        await row.IntegerAsync(call.ChunkCount);
        await row.LongAsync(PlainCall.Microseconds(call.LongestStall));
        await row.ValueAsync(call.OutputTokensPerSecond, NpgsqlDbType.Double);
    }

    private static async Task AttemptAsync(PlainFields row, (PlainCall Call, LlmAttempt Attempt) item)
    {
        var attempt = item.Attempt;
        await ChildAsync(row, item.Call, attempt.Ordinal, attempt.StartedAt);
        await row.TextAsync(attempt.Provider);
        await row.TextAsync(attempt.RequestModel);
        await row.TextAsync(attempt.ResponseModel);
        await row.TextAsync(attempt.ResponseId);
        await HttpAsync(row, attempt.Http);
        await row.TextAsync(attempt.ServerAddress);
        await row.TextAsync(attempt.Outcome.ToName());
        await row.IntegerAsync(attempt.HttpStatus);
        await row.TextAsync(attempt.ErrorType);
        await row.TextAsync(attempt.FinishReason);
        await TokensAndCostAsync(row, attempt.Tokens, attempt.Cost, attempt.CostReason, attempt.PriceEntry, attempt.CatalogDate);
        await row.LongAsync(PlainCall.Microseconds(attempt.Duration));
        await row.LongAsync(PlainCall.Microseconds(attempt.TimeToFirstToken));
    }

    private static async Task ToolCallAsync(PlainFields row, (PlainCall Call, LlmToolCall ToolCall) item)
    {
        var toolCall = item.ToolCall;
        await ChildAsync(row, item.Call, toolCall.Ordinal, toolCall.StartedAt);
        await row.TextAsync(toolCall.Name);
        await row.TextAsync(toolCall.Type);
        await row.TextAsync(toolCall.ToolCallId);
        await row.TextAsync(toolCall.Outcome.ToName());
        await row.TextAsync(toolCall.ErrorType);
        await row.LongAsync(PlainCall.Microseconds(toolCall.Duration));
    }

    private static async Task ChildAsync(PlainFields row, PlainCall call, int ordinal, DateTimeOffset startedAt)
    {
        await row.IdAsync(call.Envelope.CallId);
        await row.TimeAsync(call.StartedAt);
        await row.IntegerAsync(ordinal);
        await row.TimeAsync(startedAt.UtcDateTime);
    }

    private static async Task HttpAsync(PlainFields row, LlmHttpDetail? http)
    {
        await row.TextAsync(http?.RequestId);
        await row.IntegerAsync(http?.SendCount);
        await row.LongAsync(PlainCall.Microseconds(http?.RetryAfter));
        await row.LongAsync(http?.RemainingRequests);
        await row.LongAsync(http?.RemainingTokens);
    }

    private static async Task TokensAndCostAsync(
        PlainFields row, LlmTokens tokens, LlmCost? cost, LlmCostReason reason, string? priceEntry, DateOnly? catalogDate)
    {
        var known = tokens.Source != LlmUsageSource.Missing;
        await row.TextAsync(tokens.Source.ToName());
        await row.LongAsync(known ? tokens.Input : null);
        await row.LongAsync(known ? tokens.UncachedInput : null);
        await row.LongAsync(known ? tokens.CacheRead : null);
        await row.LongAsync(known ? tokens.CacheWrite5m : null);
        await row.LongAsync(known ? tokens.CacheWrite1h : null);
        await row.LongAsync(known ? tokens.Output : null);
        await row.LongAsync(known ? tokens.VisibleOutput : null);
        await row.LongAsync(known ? tokens.Reasoning : null);
        // The generator makes none of the rare classes.
        await row.TextAsync(null);
        await row.LongAsync(cost?.TotalNanos);
        await row.LongAsync(cost?.InputNanos);
        await row.LongAsync(cost?.CachedInputNanos);
        await row.LongAsync(cost?.OutputNanos);
        await row.LongAsync(cost?.FeesNanos);
        await row.TextAsync(reason.ToName());
        await row.TextAsync(priceEntry);
        await row.ValueAsync(catalogDate, NpgsqlDbType.Date);
    }
}
