namespace LlmObservability.Postgres;

/// <summary>The columns in the order in which rows are written and read: <see cref="PostgresRowWriter"/> and the reader follow it.</summary>
internal static class PostgresColumns
{
    private const string Tokens =
        "usage_source, input_tokens, uncached_input_tokens, cache_read_tokens, cache_write_5m_tokens, cache_write_1h_tokens, "
        + "output_tokens, visible_output_tokens, reasoning_tokens, token_detail";

    private const string Cost =
        "cost_nanos, cost_input_nanos, cost_cached_input_nanos, cost_output_nanos, cost_fees_nanos, cost_reason, price_entry, catalog_date";

    private const string Http = "provider_request_id, http_send_count, retry_after_us, remaining_requests, remaining_tokens";

    public const string Calls =
        "id, started_at, trace_id, span_id, parent_span_id, "
        + "\"user\", tenant, session, conversation, episode, route, feature, config, variant, environment, service, service_version, tags, "
        + "operation, output_type, provider, model, request_model, response_model, response_id, server_address, server_port, "
        + "service_tier, geo, speed, web_search_count, input_count, dimensions, " + Http + ", "
        + "similarity, schema_validated, schema_errors, outcome, http_status, error_type, finish_reason, streaming, cached, attempt_count, tool_call_count, "
        + Tokens + ", " + Cost
        + ", duration_us, provider_time_us, time_to_first_token_us, queue_wait_us, chunk_count, longest_stall_us, output_tokens_per_second";

    public const string Attempts =
        "call_id, call_started_at, ordinal, started_at, span_id, parent_span_id, provider, request_model, response_model, response_id, "
        + Http + ", server_address, outcome, http_status, error_type, finish_reason, "
        + Tokens + ", " + Cost + ", duration_us, time_to_first_token_us";

    public const string ToolCalls =
        "call_id, call_started_at, ordinal, started_at, trace_id, span_id, parent_span_id, name, type, tool_call_id, outcome, error_type, duration_us";

    public const string Amendments =
        "id, call_id, call_started_at, created_at, kind, name, score, label, " + Cost;

    public const string Rejected = "writer_id, sequence, reason, kind, call_id, call_started_at, record, detail";
}
