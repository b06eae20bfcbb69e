namespace LlmObservability.Queries;

/// <summary>What each field means for a call: the one place in the core that says so.</summary>
internal static class LlmFieldReader
{
    private static readonly Dictionary<string, Func<LlmCall, LlmFieldValue>> Readers = new(StringComparer.Ordinal)
    {
        ["id"] = call => LlmFieldValue.Of(call.Id),
        ["started_at"] = call => LlmFieldValue.Of(call.StartedAt),
        ["trace_id"] = call => LlmFieldValue.Of(call.TraceId),
        ["user"] = call => LlmFieldValue.Of(call.Tags.User),
        ["tenant"] = call => LlmFieldValue.Of(call.Tags.Tenant),
        ["session"] = call => LlmFieldValue.Of(call.Tags.Session),
        ["conversation"] = call => LlmFieldValue.Of(call.Tags.Conversation),
        ["episode"] = call => LlmFieldValue.Of(call.Tags.Episode),
        ["route"] = call => LlmFieldValue.Of(call.Tags.Route),
        ["feature"] = call => LlmFieldValue.Of(call.Tags.Feature),
        ["config"] = call => LlmFieldValue.Of(call.Tags.Config),
        ["variant"] = call => LlmFieldValue.Of(call.Tags.Variant),
        ["environment"] = call => LlmFieldValue.Of(call.Tags.Environment),
        ["service"] = call => LlmFieldValue.Of(call.Tags.Service),
        ["service_version"] = call => LlmFieldValue.Of(call.Tags.ServiceVersion),
        ["operation"] = call => LlmFieldValue.Of(call.Operation),
        ["output_type"] = call => LlmFieldValue.Of(call.OutputType),
        ["provider"] = call => LlmFieldValue.Of(call.Provider),
        ["model"] = call => LlmFieldValue.Of(call.Model),
        ["request_model"] = call => LlmFieldValue.Of(call.RequestModel),
        ["response_model"] = call => LlmFieldValue.Of(call.ResponseModel),
        ["response_id"] = call => LlmFieldValue.Of(call.ResponseId),
        ["server_address"] = call => LlmFieldValue.Of(call.ServerAddress),
        ["service_tier"] = call => LlmFieldValue.Of(call.ServiceTier),
        ["geo"] = call => LlmFieldValue.Of(call.Geo),
        ["speed"] = call => LlmFieldValue.Of(call.Speed),
        ["web_search_count"] = call => LlmFieldValue.Of((long?)call.WebSearchCount),
        ["input_count"] = call => LlmFieldValue.Of((long?)call.InputCount),
        ["dimensions"] = call => LlmFieldValue.Of((long?)call.Dimensions),
        ["provider_request_id"] = call => LlmFieldValue.Of(call.Http?.RequestId),
        ["http_send_count"] = call => LlmFieldValue.Of((long?)call.Http?.SendCount),
        ["similarity"] = call => LlmFieldValue.Of(call.Similarity),
        ["schema_validated"] = call => call.SchemaValidated is { } validated ? LlmFieldValue.Of(validated) : default,
        ["chunk_count"] = call => LlmFieldValue.Of((long?)call.ChunkCount),
        ["longest_stall_us"] = call => Microseconds(call.LongestStall),
        ["outcome"] = call => LlmFieldValue.Of(call.Outcome.ToName()),
        ["http_status"] = call => LlmFieldValue.Of((long?)call.HttpStatus),
        ["error_type"] = call => LlmFieldValue.Of(call.ErrorType),
        ["finish_reason"] = call => LlmFieldValue.Of(call.FinishReason),
        ["streaming"] = call => LlmFieldValue.Of(call.Streaming),
        ["cached"] = call => LlmFieldValue.Of(call.Cached),
        ["attempt_count"] = call => LlmFieldValue.Of((long?)call.AttemptCount),
        ["tool_call_count"] = call => LlmFieldValue.Of((long?)call.ToolCallCount),
        ["usage_source"] = call => LlmFieldValue.Of(call.Tokens.Source.ToName()),
        ["input_tokens"] = call => Tokens(call, call.Tokens.Input),
        ["cache_read_tokens"] = call => Tokens(call, call.Tokens.CacheRead),
        ["output_tokens"] = call => Tokens(call, call.Tokens.Output),
        ["reasoning_tokens"] = call => Tokens(call, call.Tokens.Reasoning),
        ["cost_nanos"] = call => LlmFieldValue.Of(call.Cost?.TotalNanos),
        ["cost_reason"] = call => LlmFieldValue.Of(call.CostReason.ToName()),
        ["price_entry"] = call => LlmFieldValue.Of(call.PriceEntry),
        ["duration_us"] = call => Microseconds(call.Duration),
        ["provider_time_us"] = call => Microseconds(call.ProviderTime),
        ["time_to_first_token_us"] = call => Microseconds(call.TimeToFirstToken),
        ["queue_wait_us"] = call => Microseconds(call.QueueWait),
        ["output_tokens_per_second"] = call => LlmFieldValue.Of(call.OutputTokensPerSecond),
    };

    /// <summary>How to read that field; look it up once, then use it for every call.</summary>
    public static Func<LlmCall, LlmFieldValue> For(LlmField field)
    {
        return field.TagKey is { } key
            ? call => LlmFieldValue.Of(call.Tags.TryGetCustom(key, out var value) ? value : null)
            : Readers[field.Name];
    }

    private static LlmFieldValue Tokens(LlmCall call, long count)
    {
        return call.Tokens.Source == LlmUsageSource.Missing ? default : LlmFieldValue.Of((long?)count);
    }

    private static LlmFieldValue Microseconds(TimeSpan? time)
    {
        return LlmFieldValue.Of(time?.Ticks / TimeSpan.TicksPerMicrosecond);
    }
}
