using Npgsql;
using NpgsqlTypes;

namespace LlmObservability.Throughput;

/// <summary>
/// What one would write by hand: typed binary COPY of the same columns into the same table, a transaction for each batch.
/// No ledger, no partitions to look after, no text to check, no bounds.
/// </summary>
internal static class PlainCopy
{
    private const string Columns =
        "id, started_at, trace_id, span_id, "
        + "\"user\", tenant, session, conversation, episode, route, feature, config, variant, environment, service, service_version, tags, "
        + "operation, output_type, provider, model, request_model, response_model, response_id, server_address, server_port, "
        + "service_tier, geo, speed, web_search_count, input_count, dimensions, "
        + "provider_request_id, http_send_count, retry_after_us, remaining_requests, remaining_tokens, "
        + "similarity, schema_validated, schema_errors, outcome, http_status, error_type, finish_reason, streaming, cached, attempt_count, tool_call_count, "
        + "usage_source, input_tokens, uncached_input_tokens, cache_read_tokens, cache_write_5m_tokens, cache_write_1h_tokens, "
        + "output_tokens, visible_output_tokens, reasoning_tokens, token_detail, "
        + "cost_nanos, cost_input_nanos, cost_cached_input_nanos, cost_output_nanos, cost_fees_nanos, cost_reason, price_entry, catalog_date, "
        + "duration_us, provider_time_us, time_to_first_token_us, queue_wait_us, chunk_count, longest_stall_us, output_tokens_per_second";

    public static async Task WriteAsync(NpgsqlConnection connection, string schema, ArraySegment<PlainRow> rows)
    {
        await using var transaction = await connection.BeginTransactionAsync();
        await using (var writer = await connection.BeginBinaryImportAsync($"COPY {schema}.calls ({Columns}) FROM STDIN (FORMAT BINARY)"))
        {
            foreach (var row in rows)
            {
                await WriteAsync(writer, row);
            }

            await writer.CompleteAsync();
        }

        await transaction.CommitAsync();
    }

    private static async Task WriteAsync(NpgsqlBinaryImporter writer, PlainRow row)
    {
        var call = row.Call;
        var (tags, tokens, cost) = (call.Tags, call.Tokens, call.Cost!.Value);
        await writer.StartRowAsync();
        await writer.WriteAsync(call.Id, NpgsqlDbType.Uuid);
        await writer.WriteAsync(row.StartedAt, NpgsqlDbType.TimestampTz);
        await TextAsync(writer, call.TraceId);
        await TextAsync(writer, call.SpanId);
        await TextAsync(writer, tags.User);
        await TextAsync(writer, tags.Tenant);
        await TextAsync(writer, tags.Session);
        await TextAsync(writer, tags.Conversation);
        await TextAsync(writer, tags.Episode);
        await TextAsync(writer, tags.Route);
        await TextAsync(writer, tags.Feature);
        await TextAsync(writer, tags.Config);
        await TextAsync(writer, tags.Variant);
        await TextAsync(writer, tags.Environment);
        await TextAsync(writer, tags.Service);
        await TextAsync(writer, tags.ServiceVersion);
        await writer.WriteAsync(row.Tags, NpgsqlDbType.Jsonb);
        await TextAsync(writer, call.Operation);
        await TextAsync(writer, call.OutputType);
        await TextAsync(writer, call.Provider);
        await TextAsync(writer, call.ResponseModel);
        await TextAsync(writer, call.RequestModel);
        await TextAsync(writer, call.ResponseModel);
        await TextAsync(writer, call.ResponseId);
        await TextAsync(writer, call.ServerAddress);
        await writer.WriteAsync(call.ServerPort!.Value, NpgsqlDbType.Integer);
        await TextAsync(writer, call.ServiceTier);
        await TextAsync(writer, call.Geo);
        await TextAsync(writer, call.Speed);
        await writer.WriteAsync(call.WebSearchCount, NpgsqlDbType.Integer);
        for (var unknown = 0; unknown < 10; unknown++)
        {
            // Inputs, dimensions, what HTTP told, similarity and schema: most calls have none of these.
            await writer.WriteNullAsync();
        }

        await TextAsync(writer, "completed");
        await writer.WriteNullAsync();
        await TextAsync(writer, call.ErrorType);
        await TextAsync(writer, call.FinishReason);
        await writer.WriteAsync(call.Streaming, NpgsqlDbType.Boolean);
        await writer.WriteAsync(call.Cached, NpgsqlDbType.Boolean);
        await writer.WriteAsync(call.AttemptCount, NpgsqlDbType.Integer);
        await writer.WriteAsync(call.ToolCallCount, NpgsqlDbType.Integer);
        await TextAsync(writer, "reported");
        await writer.WriteAsync(tokens.Input, NpgsqlDbType.Bigint);
        await writer.WriteAsync(tokens.UncachedInput, NpgsqlDbType.Bigint);
        await writer.WriteAsync(tokens.CacheRead, NpgsqlDbType.Bigint);
        await writer.WriteAsync(tokens.CacheWrite5m, NpgsqlDbType.Bigint);
        await writer.WriteAsync(tokens.CacheWrite1h, NpgsqlDbType.Bigint);
        await writer.WriteAsync(tokens.Output, NpgsqlDbType.Bigint);
        await writer.WriteAsync(tokens.VisibleOutput, NpgsqlDbType.Bigint);
        await writer.WriteAsync(tokens.Reasoning, NpgsqlDbType.Bigint);
        await writer.WriteNullAsync();
        await writer.WriteAsync(cost.TotalNanos, NpgsqlDbType.Bigint);
        await writer.WriteAsync(cost.InputNanos, NpgsqlDbType.Bigint);
        await writer.WriteAsync(cost.CachedInputNanos, NpgsqlDbType.Bigint);
        await writer.WriteAsync(cost.OutputNanos, NpgsqlDbType.Bigint);
        await writer.WriteAsync(cost.FeesNanos, NpgsqlDbType.Bigint);
        await TextAsync(writer, "priced");
        await TextAsync(writer, call.PriceEntry);
        await writer.WriteAsync(call.CatalogDate!.Value, NpgsqlDbType.Date);
        await writer.WriteAsync(row.DurationMicroseconds, NpgsqlDbType.Bigint);
        await writer.WriteAsync(row.ProviderMicroseconds, NpgsqlDbType.Bigint);
        await writer.WriteNullAsync();
        await writer.WriteNullAsync();
        await writer.WriteAsync(call.ChunkCount, NpgsqlDbType.Integer);
        await writer.WriteNullAsync();
        await writer.WriteAsync(call.OutputTokensPerSecond!.Value, NpgsqlDbType.Double);
    }

    private static Task TextAsync(NpgsqlBinaryImporter writer, string? value) =>
        value is null ? writer.WriteNullAsync() : writer.WriteAsync(value, NpgsqlDbType.Text);
}
