using System.Globalization;
using System.Text.Json;
using static LlmObservability.OpenTelemetry.Tests.Compatibility.BackEnd;

namespace LlmObservability.OpenTelemetry.Tests.Compatibility;

/// <summary>The tables: what each back end reads, from which attribute, and what it must be.</summary>
internal static class BackEnds
{
    // packages/shared/src/server/otel of github.com/langfuse/langfuse: ObservationTypeMapper, OtelIngestionProcessor.
    public static BackEnd Langfuse { get; } = new("Langfuse", LlmCompatibility.Langfuse, LangfuseKind,
    [
        new("model", ["langfuse.observation.model.name", "gen_ai.response.model", "ai.model.id", "gen_ai.request.model", "llm.model_name"], call => call.Model),
        new("user", ["langfuse.user.id", "user.id"], call => call.Tags.User),
        new("session", ["langfuse.session.id", "session.id", "gen_ai.conversation.id"], call => call.Tags.Session),
        new("environment", ["langfuse.environment", "deployment.environment.name"], _ => "production"),
        new("release", ["langfuse.release"], call => call.Tags.ServiceVersion),
        new("tags", ["langfuse.trace.tags", "langfuse.tags", "tag.tags"], _ => "tenant:acme,feature:search") { Read = value => string.Join(',', (string[])value) },
        new("metadata", ["langfuse.observation.metadata.order.id"], _ => "o-17"),
        new("level", ["langfuse.observation.level"], call => call.Outcome switch { LlmOutcome.Failed => "ERROR", LlmOutcome.Cancelled => "WARNING", _ => null }),
        new("status message", ["langfuse.observation.status_message"], call => call.ErrorType ?? (call.Outcome == LlmOutcome.Cancelled ? "cancelled" : null)),
        new("completion start time", ["langfuse.observation.completion_start_time"], call => call.StartedAt + call.TimeToFirstToken)
        {
            Read = value => DateTimeOffset.Parse((string)value, CultureInfo.InvariantCulture),
        },
        new("usage", ["langfuse.observation.usage_details"], LangfuseUsage) { Read = Sorted },
        new("cost", ["langfuse.observation.cost_details"], LangfuseCost) { Read = Sorted },
        new("cost in all", ["gen_ai.usage.cost", "llm.cost.total"], Usd),
    ])
    { CallKinds = ["generation", "embedding"], ToolKind = "tool" };

    // spec/semantic_conventions.md of github.com/Arize-ai/openinference; src/phoenix/trace/gen_ai/conversion.py of
    // github.com/Arize-ai/phoenix for what has no such attribute.
    public static BackEnd Phoenix { get; } = new("Phoenix", LlmCompatibility.OpenInference, PhoenixKind,
    [
        new("model", ["llm.model_name", "embedding.model_name", "gen_ai.request.model"], call => call.Model),
        new("provider", ["llm.provider"], call => call.Provider),
        new("system", ["llm.system"], call => call.Provider),
        new("finish reason", ["llm.finish_reason"], call => call.FinishReason),
        new("prompt tokens", ["llm.token_count.prompt", "gen_ai.usage.input_tokens"], Usage(tokens => tokens.Input)),
        new("completion tokens", ["llm.token_count.completion", "gen_ai.usage.output_tokens"], OutputTokens),
        new("all tokens", ["llm.token_count.total"], Usage(tokens => tokens.Input + tokens.Output)),
        new("cache read", ["llm.token_count.prompt_details.cache_read", "gen_ai.usage.cache_read.input_tokens"], Usage(AllCacheRead, whereAbove0: true)),
        new("cache write", ["llm.token_count.prompt_details.cache_write", "gen_ai.usage.cache_creation.input_tokens"], Usage(tokens => tokens.CacheWrite5m + tokens.CacheWrite1h, whereAbove0: true)),
        new("reasoning", ["llm.token_count.completion_details.reasoning"], Usage(tokens => tokens.Reasoning, whereAbove0: true)),
        new("audio in", ["llm.token_count.prompt_details.audio"], Usage(tokens => tokens.Detail?.AudioInput ?? 0, whereAbove0: true)),
        new("audio out", ["llm.token_count.completion_details.audio"], Usage(tokens => tokens.Detail?.AudioOutput ?? 0, whereAbove0: true)),
        new("cost", ["llm.cost.total"], Usd),
        new("cost of the prompt", ["llm.cost.prompt"], call => call.Cost is { } cost ? (double)LlmCost.ToUsd(cost.InputNanos + cost.CachedInputNanos) : null),
        new("user", ["user.id"], call => call.Tags.User),
        new("session", ["session.id", "gen_ai.conversation.id"], call => call.Tags.Session),
        new("tags", ["tag.tags"], _ => "tenant:acme,feature:search") { Read = value => string.Join(',', (string[])value) },
        new("metadata", ["metadata"], _ => "acme o-17")
        {
            Read = value => JsonSerializer.Deserialize<Dictionary<string, string>>((string)value) is { } metadata ? $"{metadata["tenant"]} {metadata["order.id"]}" : null,
        },
    ])
    { CallKinds = ["LLM", "EMBEDDING"], ToolKind = "TOOL" };

    // src/Aspire.Dashboard/Model/GenAI/GenAIHelpers.cs of github.com/dotnet/aspire.
    public static BackEnd Aspire { get; } = new("Aspire", LlmCompatibility.None,
        span => (Text(span, "gen_ai.system") ?? Text(span, "gen_ai.provider.name")) is { Length: > 0 } ? "GenAI" : null,
    [
        new("provider", ["gen_ai.system", "gen_ai.provider.name"], call => call.Provider),
        new("model", ["gen_ai.response.model"], call => call.ResponseModel),
        new("input tokens", ["gen_ai.usage.input_tokens"], Usage(tokens => tokens.Input)),
        new("output tokens", ["gen_ai.usage.output_tokens"], OutputTokens),
    ])
    { CallKinds = ["GenAI"] };

    // docs.datadoghq.com/llm_observability/instrumentation/otel_instrumentation: the GenAI conventions from 1.37 on.
    public static BackEnd Datadog { get; } = new("Datadog", LlmCompatibility.None, DatadogKind,
    [
        new("operation", ["gen_ai.operation.name"], call => call.Operation),
        new("provider", ["gen_ai.provider.name"], call => call.Provider),
        new("model", ["gen_ai.response.model", "gen_ai.request.model"], call => call.Model),
        new("model asked for", ["gen_ai.request.model"], call => call.RequestModel),
        new("input tokens", ["gen_ai.usage.input_tokens"], Usage(tokens => tokens.Input)),
        new("output tokens", ["gen_ai.usage.output_tokens"], OutputTokens),
        new("cached tokens", ["gen_ai.usage.cache_read.input_tokens"], Usage(AllCacheRead, whereAbove0: true)),
        new("error", ["error.type"], call => call.ErrorType),
    ])
    { CallKinds = ["llm", "embedding"], ToolKind = "tool" };

    public static IReadOnlyList<BackEnd> All { get; } = [Langfuse, Phoenix, Aspire, Datadog];

    private static string? LangfuseKind(IReadOnlyDictionary<string, object?> span) => Text(span, "langfuse.observation.type")
        ?? Text(span, "openinference.span.kind") switch { "LLM" => "generation", "EMBEDDING" => "embedding", "TOOL" => "tool", _ => null }
        ?? Text(span, "gen_ai.operation.name") switch
        {
            "chat" or "text_completion" or "generate_content" => "generation",
            "embeddings" => "embedding",
            "execute_tool" => "tool",
            _ => null,
        }
        ?? (span.ContainsKey("gen_ai.tool.name") || span.ContainsKey("gen_ai.tool.call.id") ? "tool" : null)
        ?? (new[] { "langfuse.observation.model.name", "gen_ai.request.model", "gen_ai.response.model", "llm.model_name", "model" }.Any(span.ContainsKey) ? "generation" : null);

    // With any key of the conventions it takes a span for one of theirs.
    private static string? PhoenixKind(IReadOnlyDictionary<string, object?> span) => Text(span, "openinference.span.kind")
        ?? Text(span, "gen_ai.operation.name") switch
        {
            "chat" or "text_completion" or "generate_content" => "LLM",
            "embeddings" => "EMBEDDING",
            "execute_tool" => "TOOL",
            _ => null,
        }
        ?? (span.ContainsKey("gen_ai.tool.name") ? "TOOL" : span.ContainsKey("gen_ai.request.model") ? "LLM" : null);

    private static string? DatadogKind(IReadOnlyDictionary<string, object?> span) => Text(span, "gen_ai.operation.name") switch
    {
        "chat" or "text_completion" or "generate_content" => "llm",
        "embeddings" => "embedding",
        "execute_tool" => "tool",
        _ => null,
    };

    /// <summary>The members of a JSON object of numbers, in order.</summary>
    public static string Sorted(object json) => string.Join(' ', JsonSerializer.Deserialize<SortedDictionary<string, decimal>>((string)json)!
        .Select(pair => string.Create(CultureInfo.InvariantCulture, $"{pair.Key}={pair.Value / 1.000000000000000000000000000m}")));

    private static string? LangfuseUsage(LlmCall call)
    {
        var tokens = call.Tokens;
        return tokens.Source == LlmUsageSource.Missing ? null : Members(
            ("input", tokens.UncachedInput),
            ("input_audio_tokens", Above0(tokens.Detail?.AudioInput)),
            ("input_cache_creation_1h", tokens.CacheWrite1h == 0 ? null : tokens.CacheWrite1h),
            ("input_cache_creation_5m", tokens.CacheWrite5m == 0 ? null : tokens.CacheWrite5m),
            ("input_cached_audio_tokens", Above0(tokens.Detail?.AudioCacheRead)),
            ("input_cached_tokens", Above0(tokens.CacheRead)),
            ("input_image_tokens", Above0(tokens.Detail?.ImageInput)),
            ("output", call.Operation == "embeddings" ? null : tokens.VisibleOutput),
            ("output_audio_tokens", Above0(tokens.Detail?.AudioOutput)),
            ("output_reasoning_tokens", tokens.Reasoning == 0 ? null : tokens.Reasoning),
            ("total", tokens.Input + tokens.Output));
    }

    private static decimal? Above0(long? count) => count > 0 ? count : null;

    private static long AllCacheRead(LlmTokens tokens) => tokens.CacheRead + (tokens.Detail is { } rare ? rare.AudioCacheRead + rare.ImageCacheRead : 0);

    private static string? LangfuseCost(LlmCall call) => call.Cost is not { } cost ? null : Members(
        ("input", LlmCost.ToUsd(cost.InputNanos)),
        ("input_cached_tokens", cost.CachedInputNanos == 0 ? null : LlmCost.ToUsd(cost.CachedInputNanos)),
        ("output", cost.OutputNanos == 0 ? null : LlmCost.ToUsd(cost.OutputNanos)),
        ("total", cost.TotalUsd));

    private static string Members(params (string Name, decimal? Value)[] members) => string.Join(' ', members.Where(member => member.Value is not null)
        .Select(member => string.Create(CultureInfo.InvariantCulture, $"{member.Name}={member.Value}")));
}
