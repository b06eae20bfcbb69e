using System.Diagnostics.CodeAnalysis;

namespace LlmObservability.Queries;

/// <summary>
/// A field by which calls are filtered, ordered or grouped. Its name is the same in queries, SQL and JSON:
/// one of <see cref="All"/>, or <c>tag.KEY</c> for an own tag.
/// </summary>
public sealed record LlmField
{
    private const string TagPrefix = "tag.";

    private static readonly Dictionary<string, LlmField> Known = new(StringComparer.Ordinal);

    private LlmField(string name, LlmFieldType type, string? tagKey = null)
    {
        Name = name;
        Type = type;
        TagKey = tagKey;
    }

    /// <summary>The name.</summary>
    public string Name { get; }

    /// <summary>The values' type.</summary>
    public LlmFieldType Type { get; }

    /// <summary>The tag's key, for an own tag.</summary>
    public string? TagKey { get; }

    /// <summary>Every field but the own tags.</summary>
    public static IReadOnlyCollection<LlmField> All => Known.Values;

    /// <summary>The call's id.</summary>
    public static LlmField Id { get; } = Add("id", LlmFieldType.Id);

    /// <summary>When the call began. The default order, descending.</summary>
    public static LlmField StartedAt { get; } = Add("started_at", LlmFieldType.Time);

    /// <summary>Trace id.</summary>
    public static LlmField TraceId { get; } = Add("trace_id", LlmFieldType.Text);

    /// <summary>User (hashed, or plain where opted in).</summary>
    public static LlmField User { get; } = Add("user", LlmFieldType.Text);

    /// <summary>Tenant.</summary>
    public static LlmField Tenant { get; } = Add("tenant", LlmFieldType.Text);

    /// <summary>Session.</summary>
    public static LlmField Session { get; } = Add("session", LlmFieldType.Text);

    /// <summary>Conversation.</summary>
    public static LlmField Conversation { get; } = Add("conversation", LlmFieldType.Text);

    /// <summary>Episode.</summary>
    public static LlmField Episode { get; } = Add("episode", LlmFieldType.Text);

    /// <summary>Route.</summary>
    public static LlmField Route { get; } = Add("route", LlmFieldType.Text);

    /// <summary>Feature.</summary>
    public static LlmField Feature { get; } = Add("feature", LlmFieldType.Text);

    /// <summary>Config.</summary>
    public static LlmField Config { get; } = Add("config", LlmFieldType.Text);

    /// <summary>Variant.</summary>
    public static LlmField Variant { get; } = Add("variant", LlmFieldType.Text);

    /// <summary>Environment.</summary>
    public static LlmField Environment { get; } = Add("environment", LlmFieldType.Text);

    /// <summary>Service.</summary>
    public static LlmField Service { get; } = Add("service", LlmFieldType.Text);

    /// <summary>Service version.</summary>
    public static LlmField ServiceVersion { get; } = Add("service_version", LlmFieldType.Text);

    /// <summary>Operation.</summary>
    public static LlmField Operation { get; } = Add("operation", LlmFieldType.Text);

    /// <summary>Output type.</summary>
    public static LlmField OutputType { get; } = Add("output_type", LlmFieldType.Text);

    /// <summary>Provider.</summary>
    public static LlmField Provider { get; } = Add("provider", LlmFieldType.Text);

    /// <summary>The model that answered, else the one asked for (<see cref="LlmCall.Model"/>).</summary>
    public static LlmField Model { get; } = Add("model", LlmFieldType.Text);

    /// <summary>The model asked for.</summary>
    public static LlmField RequestModel { get; } = Add("request_model", LlmFieldType.Text);

    /// <summary>The model that answered.</summary>
    public static LlmField ResponseModel { get; } = Add("response_model", LlmFieldType.Text);

    /// <summary>The provider's response id.</summary>
    public static LlmField ResponseId { get; } = Add("response_id", LlmFieldType.Text);

    /// <summary>Host of the provider.</summary>
    public static LlmField ServerAddress { get; } = Add("server_address", LlmFieldType.Text);

    /// <summary>Service tier.</summary>
    public static LlmField ServiceTier { get; } = Add("service_tier", LlmFieldType.Text);

    /// <summary>Where the call was served.</summary>
    public static LlmField Geo { get; } = Add("geo", LlmFieldType.Text);

    /// <summary>The speed that was bought.</summary>
    public static LlmField Speed { get; } = Add("speed", LlmFieldType.Text);

    /// <summary>Web searches.</summary>
    public static LlmField WebSearchCount { get; } = Add("web_search_count", LlmFieldType.Integer);

    /// <summary>Inputs that were embedded.</summary>
    public static LlmField InputCount { get; } = Add("input_count", LlmFieldType.Integer);

    /// <summary>Dimensions of an embedding.</summary>
    public static LlmField Dimensions { get; } = Add("dimensions", LlmFieldType.Integer);

    /// <summary>The provider's id of the request.</summary>
    public static LlmField ProviderRequestId { get; } = Add("provider_request_id", LlmFieldType.Text);

    /// <summary>HTTP requests sent.</summary>
    public static LlmField HttpSendCount { get; } = Add("http_send_count", LlmFieldType.Integer);

    /// <summary>Similarity of a cached call.</summary>
    public static LlmField Similarity { get; } = Add("similarity", LlmFieldType.Number);

    /// <summary>Whether an answer matched its schema.</summary>
    public static LlmField SchemaValidated { get; } = Add("schema_validated", LlmFieldType.Boolean);

    /// <summary>Chunks of a stream.</summary>
    public static LlmField ChunkCount { get; } = Add("chunk_count", LlmFieldType.Integer);

    /// <summary>Longest stall of a stream.</summary>
    public static LlmField LongestStallUs { get; } = Add("longest_stall_us", LlmFieldType.Integer);

    /// <summary>Outcome, by its word.</summary>
    public static LlmField Outcome { get; } = Add("outcome", LlmFieldType.Text);

    /// <summary>HTTP status.</summary>
    public static LlmField HttpStatus { get; } = Add("http_status", LlmFieldType.Integer);

    /// <summary>Error type.</summary>
    public static LlmField ErrorType { get; } = Add("error_type", LlmFieldType.Text);

    /// <summary>Finish reason.</summary>
    public static LlmField FinishReason { get; } = Add("finish_reason", LlmFieldType.Text);

    /// <summary>Streaming.</summary>
    public static LlmField Streaming { get; } = Add("streaming", LlmFieldType.Boolean);

    /// <summary>Cached.</summary>
    public static LlmField Cached { get; } = Add("cached", LlmFieldType.Boolean);

    /// <summary>Attempt count.</summary>
    public static LlmField AttemptCount { get; } = Add("attempt_count", LlmFieldType.Integer);

    /// <summary>Tool-call count.</summary>
    public static LlmField ToolCallCount { get; } = Add("tool_call_count", LlmFieldType.Integer);

    /// <summary>Usage source, by its word.</summary>
    public static LlmField UsageSource { get; } = Add("usage_source", LlmFieldType.Text);

    /// <summary>Input tokens, inclusive; missing without usage.</summary>
    public static LlmField InputTokens { get; } = Add("input_tokens", LlmFieldType.Integer);

    /// <summary>Cache-read tokens; missing without usage.</summary>
    public static LlmField CacheReadTokens { get; } = Add("cache_read_tokens", LlmFieldType.Integer);

    /// <summary>Output tokens, inclusive; missing without usage.</summary>
    public static LlmField OutputTokens { get; } = Add("output_tokens", LlmFieldType.Integer);

    /// <summary>Reasoning tokens; missing without usage.</summary>
    public static LlmField ReasoningTokens { get; } = Add("reasoning_tokens", LlmFieldType.Integer);

    /// <summary>Total cost in nano-dollars; missing when not known.</summary>
    public static LlmField CostNanos { get; } = Add("cost_nanos", LlmFieldType.Integer);

    /// <summary>Cost reason, by its word.</summary>
    public static LlmField CostReason { get; } = Add("cost_reason", LlmFieldType.Text);

    /// <summary>Matched price entry.</summary>
    public static LlmField PriceEntry { get; } = Add("price_entry", LlmFieldType.Text);

    /// <summary>Duration in microseconds.</summary>
    public static LlmField DurationUs { get; } = Add("duration_us", LlmFieldType.Integer);

    /// <summary>Provider time in microseconds.</summary>
    public static LlmField ProviderTimeUs { get; } = Add("provider_time_us", LlmFieldType.Integer);

    /// <summary>Time to first token in microseconds.</summary>
    public static LlmField TimeToFirstTokenUs { get; } = Add("time_to_first_token_us", LlmFieldType.Integer);

    /// <summary>Queue wait in microseconds.</summary>
    public static LlmField QueueWaitUs { get; } = Add("queue_wait_us", LlmFieldType.Integer);

    /// <summary>Output tokens per second of provider time.</summary>
    public static LlmField OutputTokensPerSecond { get; } = Add("output_tokens_per_second", LlmFieldType.Number);

    /// <summary>An own tag.</summary>
    /// <exception cref="LlmQueryException">The key is empty or longer than 256 characters.</exception>
    public static LlmField Tag(string key)
    {
        return string.IsNullOrEmpty(key) || key.Length > 256
            ? throw new LlmQueryException("field", "A tag's key has 1 to 256 characters.")
            : new LlmField(TagPrefix + key, LlmFieldType.Text, key);
    }

    /// <summary>The field of that name.</summary>
    public static bool TryParse(string? name, [NotNullWhen(true)] out LlmField? field)
    {
        field = null;
        if (name is null)
        {
            return false;
        }

        if (name.StartsWith(TagPrefix, StringComparison.Ordinal) && name.Length > TagPrefix.Length && name.Length <= 256)
        {
            field = Tag(name[TagPrefix.Length..]);
            return true;
        }

        return Known.TryGetValue(name, out field);
    }

    /// <summary>The field of that name.</summary>
    /// <exception cref="LlmQueryException">There is none.</exception>
    public static LlmField Parse(string name)
    {
        return TryParse(name, out var field)
            ? field
            : throw new LlmQueryException("field", $"There is no field '{name}'; use a field's name or tag.KEY.");
    }

    /// <inheritdoc />
    public override string ToString() => Name;

    private static LlmField Add(string name, LlmFieldType type)
    {
        var field = new LlmField(name, type);
        Known.Add(name, field);
        return field;
    }
}
