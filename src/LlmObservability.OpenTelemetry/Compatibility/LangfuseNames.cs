namespace LlmObservability.OpenTelemetry.Compatibility;

/// <summary>
/// What Langfuse reads of a span, beside the GenAI conventions
/// (https://langfuse.com/integrations/native/opentelemetry#property-mapping). The classes of usage and cost are the ones
/// its own clients use: they do not overlap, and it counts those with <c>input</c> in their name as input.
/// </summary>
internal static class LangfuseNames
{
    public const string ObservationType = "langfuse.observation.type";
    public const string ObservationLevel = "langfuse.observation.level";
    public const string ObservationStatusMessage = "langfuse.observation.status_message";
    public const string CompletionStartTime = "langfuse.observation.completion_start_time";
    public const string UsageDetails = "langfuse.observation.usage_details";
    public const string CostDetails = "langfuse.observation.cost_details";

    /// <summary>Followed by a key.</summary>
    public const string MetadataPrefix = "langfuse.observation.metadata.";

    public const string TraceTags = "langfuse.trace.tags";
    public const string Environment = "langfuse.environment";
    public const string Release = "langfuse.release";

    /// <summary>Kinds of observations.</summary>
    public static class Types
    {
        public const string Generation = "generation";
        public const string Embedding = "embedding";
        public const string Tool = "tool";
    }

    /// <summary>Levels of observations; without one it is <c>DEFAULT</c>.</summary>
    public static class Levels
    {
        public const string Error = "ERROR";
        public const string Warning = "WARNING";
    }

    /// <summary>Classes of usage and cost.</summary>
    public static class Classes
    {
        public const string Total = "total";
        public const string Input = "input";
        public const string InputCached = "input_cached_tokens";
        public const string InputCacheCreation5m = "input_cache_creation_5m";
        public const string InputCacheCreation1h = "input_cache_creation_1h";
        public const string InputAudio = "input_audio_tokens";
        public const string InputImage = "input_image_tokens";
        public const string InputVideo = "input_video_tokens";
        public const string InputCachedAudio = "input_cached_audio_tokens";
        public const string InputCachedImage = "input_cached_image_tokens";
        public const string Output = "output";
        public const string OutputReasoning = "output_reasoning_tokens";
        public const string OutputAudio = "output_audio_tokens";
        public const string OutputImage = "output_image_tokens";
        public const string OutputVideo = "output_video_tokens";
        public const string OutputCitation = "output_citation_tokens";
        public const string Fees = "fees";
    }
}
