using System.Globalization;
using System.Text.Json;

namespace LlmObservability.Sinks;

/// <summary>Writes the fields of a serialised envelope; nulls are left out.</summary>
internal static class EnvelopeWriter
{
    private const string TimeFormat = "yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'";

    public static void Write(Utf8JsonWriter json, LlmCallEnvelope envelope)
    {
        WriteCall(json, envelope.Call);
        if (envelope.Attempts.Count > 0)
        {
            json.WriteStartArray("attempts"u8);
            foreach (var attempt in envelope.Attempts)
            {
                json.WriteStartObject();
                WriteAttempt(json, attempt);
                json.WriteEndObject();
            }

            json.WriteEndArray();
        }

        if (envelope.ToolCalls.Count > 0)
        {
            json.WriteStartArray("tool_calls"u8);
            foreach (var toolCall in envelope.ToolCalls)
            {
                json.WriteStartObject();
                WriteToolCall(json, toolCall);
                json.WriteEndObject();
            }

            json.WriteEndArray();
        }
    }

    public static void Write(Utf8JsonWriter json, LlmToolCallEnvelope envelope)
    {
        json.WriteString("call_id"u8, envelope.CallId);
        WriteTime(json, "call_started_at"u8, envelope.CallStartedAt);
        WriteToolCall(json, envelope.ToolCall);
    }

    public static void Write(Utf8JsonWriter json, LlmAmendment amendment)
    {
        json.WriteString("id"u8, amendment.Id);
        json.WriteString("call_id"u8, amendment.CallId);
        WriteTime(json, "call_started_at"u8, amendment.CallStartedAt);
        WriteTime(json, "created_at"u8, amendment.CreatedAt);
        json.WriteString("amendment_kind"u8, amendment.Kind);
        WriteText(json, "name"u8, amendment.Name);
        WriteNumber(json, "score"u8, amendment.Score);

        WriteText(json, "label"u8, amendment.Label);
        WriteCost(json, amendment.Cost, amendment.CostReason, amendment.PriceEntry, amendment.CatalogDate);
    }

    private static void WriteCall(Utf8JsonWriter json, LlmCall call)
    {
        json.WriteString("id"u8, call.Id);
        WriteTime(json, "started_at"u8, call.StartedAt);
        WriteText(json, "trace_id"u8, call.TraceId);
        WriteText(json, "span_id"u8, call.SpanId);
        WriteText(json, "parent_span_id"u8, call.ParentSpanId);
        WriteTags(json, call.Tags);
        json.WriteString("operation"u8, call.Operation);
        json.WriteString("output_type"u8, call.OutputType);
        WriteText(json, "provider"u8, call.Provider);
        WriteText(json, "request_model"u8, call.RequestModel);
        WriteText(json, "response_model"u8, call.ResponseModel);
        WriteText(json, "response_id"u8, call.ResponseId);
        WriteText(json, "server_address"u8, call.ServerAddress);
        WriteNumber(json, "server_port"u8, call.ServerPort);
        WriteText(json, "service_tier"u8, call.ServiceTier);
        WriteText(json, "geo"u8, call.Geo);
        WriteText(json, "speed"u8, call.Speed);
        WriteNumber(json, "web_search_count"u8, call.WebSearchCount == 0 ? null : call.WebSearchCount);
        WriteNumber(json, "input_count"u8, call.InputCount);
        WriteNumber(json, "dimensions"u8, call.Dimensions);
        WriteHttp(json, call.Http);
        WriteNumber(json, "similarity"u8, call.Similarity);
        if (call.SchemaValidated is { } validated)
        {
            json.WriteBoolean("schema_validated"u8, validated);
        }

        WriteText(json, "schema_errors"u8, call.SchemaErrors);
        WriteEnd(json, call.Outcome, call.HttpStatus, call.ErrorType, call.FinishReason);
        json.WriteBoolean("streaming"u8, call.Streaming);
        json.WriteBoolean("cached"u8, call.Cached);
        json.WriteNumber("attempt_count"u8, call.AttemptCount);
        json.WriteNumber("tool_call_count"u8, call.ToolCallCount);
        WriteTokens(json, call.Tokens);
        WriteCost(json, call.Cost, call.CostReason, call.PriceEntry, call.CatalogDate);
        WriteDuration(json, "duration_us"u8, call.Duration);
        WriteDuration(json, "provider_time_us"u8, call.ProviderTime);
        WriteDuration(json, "time_to_first_token_us"u8, call.TimeToFirstToken);
        WriteDuration(json, "queue_wait_us"u8, call.QueueWait);
        WriteNumber(json, "chunk_count"u8, call.ChunkCount == 0 ? null : call.ChunkCount);
        WriteDuration(json, "longest_stall_us"u8, call.LongestStall);
    }

    private static void WriteAttempt(Utf8JsonWriter json, LlmAttempt attempt)
    {
        json.WriteNumber("ordinal"u8, attempt.Ordinal);
        WriteTime(json, "started_at"u8, attempt.StartedAt);
        WriteText(json, "span_id"u8, attempt.SpanId);
        WriteText(json, "parent_span_id"u8, attempt.ParentSpanId);
        WriteText(json, "provider"u8, attempt.Provider);
        WriteText(json, "request_model"u8, attempt.RequestModel);
        WriteText(json, "response_model"u8, attempt.ResponseModel);
        WriteText(json, "response_id"u8, attempt.ResponseId);
        WriteHttp(json, attempt.Http);
        WriteText(json, "server_address"u8, attempt.ServerAddress);
        WriteEnd(json, attempt.Outcome, attempt.HttpStatus, attempt.ErrorType, attempt.FinishReason);
        WriteTokens(json, attempt.Tokens);
        WriteCost(json, attempt.Cost, attempt.CostReason, attempt.PriceEntry, attempt.CatalogDate);
        WriteDuration(json, "duration_us"u8, attempt.Duration);
        WriteDuration(json, "time_to_first_token_us"u8, attempt.TimeToFirstToken);
    }

    private static void WriteToolCall(Utf8JsonWriter json, LlmToolCall toolCall)
    {
        json.WriteNumber("ordinal"u8, toolCall.Ordinal);
        WriteTime(json, "started_at"u8, toolCall.StartedAt);
        WriteText(json, "trace_id"u8, toolCall.TraceId);
        WriteText(json, "span_id"u8, toolCall.SpanId);
        WriteText(json, "parent_span_id"u8, toolCall.ParentSpanId);
        json.WriteString("name"u8, toolCall.Name);
        json.WriteString("type"u8, toolCall.Type);
        WriteText(json, "tool_call_id"u8, toolCall.ToolCallId);
        WriteEnd(json, toolCall.Outcome, httpStatus: null, toolCall.ErrorType, finishReason: null);
        WriteDuration(json, "duration_us"u8, toolCall.Duration);
    }

    private static void WriteTags(Utf8JsonWriter json, LlmTags tags)
    {
        WriteText(json, "user"u8, tags.User);
        WriteText(json, "tenant"u8, tags.Tenant);
        WriteText(json, "session"u8, tags.Session);
        WriteText(json, "conversation"u8, tags.Conversation);
        WriteText(json, "episode"u8, tags.Episode);
        WriteText(json, "route"u8, tags.Route);
        WriteText(json, "feature"u8, tags.Feature);
        WriteText(json, "config"u8, tags.Config);
        WriteText(json, "variant"u8, tags.Variant);
        WriteText(json, "environment"u8, tags.Environment);
        WriteText(json, "service"u8, tags.Service);
        WriteText(json, "service_version"u8, tags.ServiceVersion);
        if (tags.Custom.Count > 0)
        {
            json.WriteStartObject("tags"u8);
            foreach (var (key, value) in tags.Custom)
            {
                json.WriteString(key, value);
            }

            json.WriteEndObject();
        }
    }

    private static void WriteEnd(
        Utf8JsonWriter json, LlmOutcome outcome, int? httpStatus, string? errorType, string? finishReason)
    {
        json.WriteString("outcome"u8, outcome.ToName());
        WriteNumber(json, "http_status"u8, httpStatus);
        WriteText(json, "error_type"u8, errorType);
        WriteText(json, "finish_reason"u8, finishReason);
    }

    private static void WriteHttp(Utf8JsonWriter json, LlmHttpDetail? http)
    {
        if (http is not null)
        {
            json.WriteNumber("http_send_count"u8, http.SendCount);
            WriteText(json, "provider_request_id"u8, http.RequestId);
            WriteDuration(json, "retry_after_us"u8, http.RetryAfter);
            WriteCount(json, "remaining_requests"u8, http.RemainingRequests);
            WriteCount(json, "remaining_tokens"u8, http.RemainingTokens);
        }
    }

    private static void WriteTokens(Utf8JsonWriter json, LlmTokens tokens)
    {
        json.WriteString("usage_source"u8, tokens.Source.ToName());
        if (tokens.Source == LlmUsageSource.Missing)
        {
            return;
        }

        json.WriteNumber("input_tokens"u8, tokens.Input);
        json.WriteNumber("uncached_input_tokens"u8, tokens.UncachedInput);
        json.WriteNumber("cache_read_tokens"u8, tokens.CacheRead);
        json.WriteNumber("cache_write_5m_tokens"u8, tokens.CacheWrite5m);
        json.WriteNumber("cache_write_1h_tokens"u8, tokens.CacheWrite1h);
        json.WriteNumber("output_tokens"u8, tokens.Output);
        json.WriteNumber("visible_output_tokens"u8, tokens.VisibleOutput);
        json.WriteNumber("reasoning_tokens"u8, tokens.Reasoning);
        if (tokens.Detail is { } detail)
        {
            json.WriteStartObject("token_detail"u8);
            json.WriteNumber("audio_input"u8, detail.AudioInput);
            json.WriteNumber("image_input"u8, detail.ImageInput);
            json.WriteNumber("video_input"u8, detail.VideoInput);
            json.WriteNumber("audio_cache_read"u8, detail.AudioCacheRead);
            json.WriteNumber("image_cache_read"u8, detail.ImageCacheRead);
            json.WriteNumber("audio_output"u8, detail.AudioOutput);
            json.WriteNumber("image_output"u8, detail.ImageOutput);
            json.WriteNumber("video_output"u8, detail.VideoOutput);
            json.WriteNumber("citation"u8, detail.Citation);
            json.WriteEndObject();
        }
    }

    private static void WriteCost(
        Utf8JsonWriter json, LlmCost? cost, LlmCostReason? reason, string? priceEntry, DateOnly? catalogDate)
    {
        if (cost is { } known)
        {
            json.WriteNumber("cost_input_nanos"u8, known.InputNanos);
            json.WriteNumber("cost_cached_input_nanos"u8, known.CachedInputNanos);
            json.WriteNumber("cost_output_nanos"u8, known.OutputNanos);
            json.WriteNumber("cost_fees_nanos"u8, known.FeesNanos);
            json.WriteNumber("cost_nanos"u8, known.TotalNanos);
        }

        WriteText(json, "cost_reason"u8, reason?.ToName());
        WriteText(json, "price_entry"u8, priceEntry);
        WriteText(json, "catalog_date"u8, catalogDate?.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture));
    }

    private static void WriteText(Utf8JsonWriter json, ReadOnlySpan<byte> name, string? value)
    {
        if (value is not null)
        {
            json.WriteString(name, value);
        }
    }

    private static void WriteNumber(Utf8JsonWriter json, ReadOnlySpan<byte> name, int? value)
    {
        if (value is { } number)
        {
            json.WriteNumber(name, number);
        }
    }

    private static void WriteNumber(Utf8JsonWriter json, ReadOnlySpan<byte> name, double? value)
    {
        if (value is { } number && double.IsFinite(number))
        {
            json.WriteNumber(name, number);
        }
    }

    private static void WriteCount(Utf8JsonWriter json, ReadOnlySpan<byte> name, long? value)
    {
        if (value is { } count)
        {
            json.WriteNumber(name, count);
        }
    }

    private static void WriteDuration(Utf8JsonWriter json, ReadOnlySpan<byte> name, TimeSpan? value)
    {
        if (value is { } duration)
        {
            json.WriteNumber(name, duration.Ticks / TimeSpan.TicksPerMicrosecond);
        }
    }

    private static void WriteTime(Utf8JsonWriter json, ReadOnlySpan<byte> name, DateTimeOffset value)
    {
        Span<byte> text = stackalloc byte[32];
        value.UtcDateTime.TryFormat(text, out var length, TimeFormat, CultureInfo.InvariantCulture);
        json.WriteString(name, text[..length]);
    }
}
