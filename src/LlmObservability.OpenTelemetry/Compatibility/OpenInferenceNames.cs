namespace LlmObservability.OpenTelemetry.Compatibility;

/// <summary>
/// The OpenInference conventions, as far as they are not content
/// (https://github.com/Arize-ai/openinference/blob/main/spec/semantic_conventions.md).
/// </summary>
internal static class OpenInferenceNames
{
    public const string SpanKind = "openinference.span.kind";
    public const string ModelName = "llm.model_name";
    public const string RequestModelName = "llm.request.model_name";
    public const string ResponseModelName = "llm.response.model_name";
    public const string Provider = "llm.provider";
    public const string System = "llm.system";
    public const string FinishReason = "llm.finish_reason";
    public const string EmbeddingModelName = "embedding.model_name";
    public const string ToolName = "tool.name";
    public const string ToolId = "tool.id";
    public const string Tags = "tag.tags";

    /// <summary>A JSON object.</summary>
    public const string Metadata = "metadata";

    /// <summary>Kinds of spans.</summary>
    public static class Kinds
    {
        public const string Llm = "LLM";
        public const string Embedding = "EMBEDDING";
        public const string Tool = "TOOL";
    }

    /// <summary>Token counts; prompt and completion contain their details.</summary>
    public static class TokenCount
    {
        public const string Prompt = "llm.token_count.prompt";
        public const string Completion = "llm.token_count.completion";
        public const string Total = "llm.token_count.total";
        public const string CacheRead = "llm.token_count.prompt_details.cache_read";
        public const string CacheWrite = "llm.token_count.prompt_details.cache_write";
        public const string PromptAudio = "llm.token_count.prompt_details.audio";
        public const string Reasoning = "llm.token_count.completion_details.reasoning";
        public const string CompletionAudio = "llm.token_count.completion_details.audio";
    }

    /// <summary>US dollars.</summary>
    public static class Cost
    {
        public const string Prompt = "llm.cost.prompt";
        public const string Completion = "llm.cost.completion";
        public const string Total = "llm.cost.total";
        public const string CacheRead = "llm.cost.prompt_details.cache_read";
    }
}
