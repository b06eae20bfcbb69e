namespace LlmObservability.OpenTelemetry.Tests.Instrumentation;

/// <summary>What the exported span of a record has, down to the types: written anew from the documentation.</summary>
internal static class ExpectedSpan
{
    public static Dictionary<string, object?> Of(LlmCall call)
    {
        var tokens = call.Tokens;
        var attributes = new Dictionary<string, object?>
        {
            ["gen_ai.operation.name"] = call.Operation,
            ["gen_ai.provider.name"] = call.Provider,
            ["gen_ai.request.model"] = call.RequestModel,
            ["gen_ai.response.model"] = call.ResponseModel,
            ["gen_ai.response.id"] = call.ResponseId,
            ["gen_ai.response.finish_reasons"] = call.FinishReason is { } reason ? new object?[] { reason } : null,
            ["gen_ai.response.time_to_first_chunk"] = call.TimeToFirstToken?.TotalSeconds,
            ["gen_ai.request.stream"] = call.Streaming ? true : null,
            ["gen_ai.embeddings.dimension.count"] = (long?)call.Dimensions,
            ["server.address"] = call.ServerAddress,
            ["server.port"] = (long?)call.ServerPort,
            ["error.type"] = call.ErrorType,
            ["llm_observability.call.id"] = call.Id.ToString(),
            ["llm_observability.outcome"] = call.Outcome == LlmOutcome.Completed ? null : call.Outcome.ToName(),
            ["llm_observability.cost.reason"] = call.CostReason == LlmCostReason.Priced ? null : call.CostReason.ToName(),
            ["llm_observability.attempts"] = call.AttemptCount > 1 ? (long)call.AttemptCount : null,
            ["llm_observability.tag.user"] = call.Tags.User,
            ["llm_observability.tag.tenant"] = call.Tags.Tenant,
            ["llm_observability.tag.session"] = call.Tags.Session,
            ["llm_observability.tag.feature"] = call.Tags.Feature,
            ["llm_observability.tag.environment"] = call.Tags.Environment,
            ["llm_observability.tag.service"] = call.Tags.Service,
            ["llm_observability.tag.service_version"] = call.Tags.ServiceVersion,
        };
        foreach (var (key, value) in call.Tags.Custom)
        {
            attributes["llm_observability.tag." + key] = value;
        }

        if (tokens.Source != LlmUsageSource.Missing)
        {
            attributes["gen_ai.usage.input_tokens"] = tokens.Input;
            attributes["gen_ai.usage.output_tokens"] = call.Operation == "embeddings" ? null : tokens.Output;
            attributes["gen_ai.usage.cache_read.input_tokens"] = Above0(tokens.CacheRead + (tokens.Detail?.AudioCacheRead ?? 0) + (tokens.Detail?.ImageCacheRead ?? 0));
            attributes["gen_ai.usage.cache_creation.input_tokens"] = Above0(tokens.CacheWrite5m + tokens.CacheWrite1h);
            attributes["gen_ai.usage.reasoning.output_tokens"] = Above0(tokens.Reasoning);
        }

        if (call.Cost is { } cost)
        {
            attributes["gen_ai.usage.cost"] = (double)cost.TotalUsd;
        }

        return attributes.Where(pair => pair.Value is not null).ToDictionary();
    }

    private static long? Above0(long count) => count > 0 ? count : null;
}
