namespace LlmObservability.Telemetry;

/// <summary>The names in which the two sets of GenAI conventions differ. One set is in force, never both.</summary>
internal sealed class GenAiConventions
{
    /// <summary>The variable, a comma-separated list, in which an application asks for the newer set.</summary>
    public const string OptInVariable = "OTEL_SEMCONV_STABILITY_OPT_IN";

    private const string LatestExperimental = "gen_ai_latest_experimental";

    /// <summary>The last frozen set, which back ends read today.</summary>
    public static readonly GenAiConventions V141 = new()
    {
        SchemaUrl = "https://opentelemetry.io/schemas/1.41.0",
        Duration = "gen_ai.client.operation.duration",
        TimeToFirstChunk = "gen_ai.client.operation.time_to_first_chunk",
        TimePerOutputChunk = "gen_ai.client.operation.time_per_output_chunk",
        TokenUsage = "gen_ai.client.token.usage",
        CacheWriteInputTokens = "gen_ai.usage.cache_creation.input_tokens",
    };

    /// <summary>The set under development, as of November 2026.</summary>
    public static readonly GenAiConventions Latest = new()
    {
        Duration = "gen_ai.client.inference.duration",
        TimeToFirstChunk = "gen_ai.client.inference.time_to_first_chunk",
        TimePerOutputChunk = "gen_ai.client.inference.time_per_output_chunk",
        InputTokens = "gen_ai.client.inference.operation.input_tokens",
        OutputTokens = "gen_ai.client.inference.operation.output_tokens",
        TokenCounterPrefix = "gen_ai.client.inference.usage.",
        CacheWriteInputTokens = "gen_ai.usage.cache_write.input_tokens",
    };

    /// <summary>Null where the set has no released schema.</summary>
    public string? SchemaUrl { get; private init; }

    public required string Duration { get; init; }

    public required string TimeToFirstChunk { get; init; }

    public required string TimePerOutputChunk { get; init; }

    /// <summary>One histogram for both token types, told apart by an attribute; null in the newer set.</summary>
    public string? TokenUsage { get; private init; }

    /// <summary>A histogram for each token type; null in v1.41.</summary>
    public string? InputTokens { get; private init; }

    /// <inheritdoc cref="InputTokens"/>
    public string? OutputTokens { get; private init; }

    /// <summary>Before the token kinds <c>input_tokens</c>, <c>cache_read.input_tokens</c> …; null in v1.41, which has no such counters.</summary>
    public string? TokenCounterPrefix { get; private init; }

    /// <summary>Span attribute.</summary>
    public required string CacheWriteInputTokens { get; init; }

    /// <summary>Whether the variable's value asks for the newer set.</summary>
    public static bool AsksForLatest(string? optIn) => optIn is not null
        && optIn.Split(',', StringSplitOptions.TrimEntries).Contains(LatestExperimental, StringComparer.Ordinal);
}
