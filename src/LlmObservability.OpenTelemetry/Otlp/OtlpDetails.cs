using LlmObservability.Telemetry;

namespace LlmObservability.OpenTelemetry.Otlp;

/// <summary>What records hold beyond what a log event says: all that who reads months of them would miss.</summary>
internal static class OtlpDetails
{
    public static void OfCall(OtlpAttributes to, LlmCall call)
    {
        var own = to.Under(OtlpNames.Prefix);
        own.Add("provider_time", call.ProviderTime.TotalSeconds);
        own.AddCount("chunks", call.ChunkCount);
        own.AddKnown("longest_stall", call.LongestStall?.TotalSeconds);
        own.AddKnown("service_tier", call.ServiceTier);
        own.AddKnown("geo", call.Geo);
        own.AddKnown("speed", call.Speed);
        own.AddCount("web_searches", call.WebSearchCount);
        own.AddKnown("inputs", call.InputCount);
        // Above 1 it is said already, and 1 goes without saying.
        own.AddKnown("attempts", call.AttemptCount == 0 ? 0 : default(int?));
        own.AddKnown(OtlpNames.ParentSpanId, call.ParentSpanId);
        to.AddKnown(TelemetryNames.GenAi.EmbeddingsDimensionCount, call.Dimensions);
        own.AddKnown("similarity", call.Similarity);
        own.AddKnown("schema.errors", call.SchemaErrors);
        to.AddKnown(TelemetryNames.GenAi.ConversationId, call.Tags.Conversation);
        OfTokens(own, call.Tokens);
        OfCost(own, call.Cost, call.PriceEntry, call.CatalogDate);
        OfHttp(own, call.Http);
    }

    public static void OfAttempt(OtlpAttributes to, LlmAttempt attempt)
    {
        var own = to.Under(OtlpNames.Attempt);
        own.AddKnown(OtlpNames.ParentSpanId, attempt.ParentSpanId);
        own.AddKnown("response_id", attempt.ResponseId);
        own.AddKnown("finish_reason", attempt.FinishReason);
        own.Add("duration", attempt.Duration.TotalSeconds);
        own.AddKnown("time_to_first_chunk", attempt.TimeToFirstToken?.TotalSeconds);
        own.Add("usage.source", attempt.Tokens.Source.ToName());
        OfTokens(own, attempt.Tokens);
        own.AddKnown("cost.reason", attempt.CostReason == LlmCostReason.Priced ? null : attempt.CostReason.ToName());
        OfCost(own, attempt.Cost, attempt.PriceEntry, attempt.CatalogDate);
        own.AddKnown("http.sends", attempt.Http is { SendCount: > 1 } http ? http.SendCount : default(int?));
        OfHttp(own, attempt.Http);
    }

    /// <summary>When a call began to which this comes later: with its id, where to find it.</summary>
    public static void OfCallBefore(OtlpAttributes own, DateTimeOffset startedAt)
    {
        Span<char> text = stackalloc char[32];
        startedAt.UtcDateTime.TryFormat(text, out var length, "O", System.Globalization.CultureInfo.InvariantCulture);
        own.Add("call_started_at", text[..length]);
    }

    /// <summary>A cost in whole nano-dollars: exact, and safe to add.</summary>
    public static void OfCost(OtlpAttributes own, LlmCost? cost, string? priceEntry, DateOnly? catalogDate)
    {
        if (cost is { } known)
        {
            own.Add("cost.nanos", known.TotalNanos);
            own.Add("cost.input_nanos", known.InputNanos);
            own.Add("cost.cached_input_nanos", known.CachedInputNanos);
            own.Add("cost.output_nanos", known.OutputNanos);
            own.Add("cost.fees_nanos", known.FeesNanos);
        }

        own.AddKnown("price.entry", priceEntry);
        if (catalogDate is { } date)
        {
            Span<char> text = stackalloc char[10];
            date.TryFormat(text, out var length, "yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture);
            own.Add("price.catalog_date", text[..length]);
        }
    }

    // The disjoint classes; what is 0 is not told.
    private static void OfTokens(OtlpAttributes own, in LlmTokens tokens)
    {
        own.AddCount("tokens.uncached_input", tokens.UncachedInput);
        own.AddCount("tokens.cache_read", tokens.CacheRead);
        own.AddCount("tokens.cache_write_5m", tokens.CacheWrite5m);
        own.AddCount("tokens.cache_write_1h", tokens.CacheWrite1h);
        own.AddCount("tokens.visible_output", tokens.VisibleOutput);
        own.AddCount("tokens.reasoning", tokens.Reasoning);
        if (tokens.Detail is { } detail)
        {
            own.AddCount("tokens.audio_input", detail.AudioInput);
            own.AddCount("tokens.image_input", detail.ImageInput);
            own.AddCount("tokens.video_input", detail.VideoInput);
            own.AddCount("tokens.audio_cache_read", detail.AudioCacheRead);
            own.AddCount("tokens.image_cache_read", detail.ImageCacheRead);
            own.AddCount("tokens.audio_output", detail.AudioOutput);
            own.AddCount("tokens.image_output", detail.ImageOutput);
            own.AddCount("tokens.video_output", detail.VideoOutput);
            own.AddCount("tokens.citation", detail.Citation);
        }
    }

    private static void OfHttp(OtlpAttributes own, LlmHttpDetail? http)
    {
        if (http is not null)
        {
            own.AddKnown("http.retry_after", http.RetryAfter?.TotalSeconds);
            own.AddKnown("http.remaining_requests", http.RemainingRequests);
            own.AddKnown("http.remaining_tokens", http.RemainingTokens);
        }
    }
}
