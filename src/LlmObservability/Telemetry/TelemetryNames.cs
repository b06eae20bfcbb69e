namespace LlmObservability.Telemetry;

/// <summary>
/// Every name of a span attribute, a metric and its attributes. Those of the GenAI semantic conventions are v1.41's
/// (https://github.com/open-telemetry/semantic-conventions/tree/v1.41.0/docs/gen-ai); where the newer set
/// (https://github.com/open-telemetry/semantic-conventions-genai) differs, <see cref="GenAiConventions"/> holds both.
/// What is this library's own stands under one prefix.
/// </summary>
internal static class TelemetryNames
{
    /// <summary>Stands for a value that is not known, or that was folded into the rest.</summary>
    public const string Other = "_OTHER";

    /// <summary>Stands for a provider that does not say its name: the conventions require one.</summary>
    public const string UnknownProvider = "unknown";

    public const string ErrorType = "error.type";
    /// <summary>In logs, where an event's trace and span are properties of it.</summary>
    public const string TraceId = "trace_id";

    /// <inheritdoc cref="TraceId"/>
    public const string SpanId = "span_id";

    /// <summary>In logs one text; a span has a list.</summary>
    public const string FinishReason = "gen_ai.response.finish_reason";

    public const string HttpStatusCode = "http.response.status_code";

    /// <summary>The error type of an MCP tool that answered with an error.</summary>
    public const string ToolError = "tool_error";

    public const string ServerAddress = "server.address";
    public const string ServerPort = "server.port";

    /// <summary><c>gen_ai.*</c> attributes.</summary>
    public static class GenAi
    {
        public const string OperationName = "gen_ai.operation.name";
        public const string ProviderName = "gen_ai.provider.name";
        public const string ConversationId = "gen_ai.conversation.id";
        public const string OutputType = "gen_ai.output.type";
        public const string TokenType = "gen_ai.token.type";
        public const string TokenModality = "gen_ai.token.modality";
        public const string ToolName = "gen_ai.tool.name";
        public const string ToolType = "gen_ai.tool.type";
        public const string ToolCallId = "gen_ai.tool.call.id";

        public const string RequestModel = "gen_ai.request.model";
        public const string RequestStream = "gen_ai.request.stream";
        public const string RequestSeed = "gen_ai.request.seed";
        public const string RequestMaxTokens = "gen_ai.request.max_tokens";
        public const string RequestTemperature = "gen_ai.request.temperature";
        public const string RequestTopP = "gen_ai.request.top_p";
        public const string RequestTopK = "gen_ai.request.top_k";
        public const string RequestStopSequences = "gen_ai.request.stop_sequences";
        public const string RequestFrequencyPenalty = "gen_ai.request.frequency_penalty";
        public const string RequestPresencePenalty = "gen_ai.request.presence_penalty";

        public const string RequestEncodingFormats = "gen_ai.request.encoding_formats";
        public const string EmbeddingsDimensionCount = "gen_ai.embeddings.dimension.count";

        public const string ResponseId = "gen_ai.response.id";
        public const string ResponseModel = "gen_ai.response.model";
        public const string ResponseFinishReasons = "gen_ai.response.finish_reasons";
        public const string ResponseTimeToFirstChunk = "gen_ai.response.time_to_first_chunk";

        public const string UsageInputTokens = "gen_ai.usage.input_tokens";
        public const string UsageOutputTokens = "gen_ai.usage.output_tokens";
        public const string UsageCacheReadInputTokens = "gen_ai.usage.cache_read.input_tokens";
        public const string UsageReasoningOutputTokens = "gen_ai.usage.reasoning.output_tokens";

        /// <summary>USD, double. In no released convention; the key that back ends read.</summary>
        public const string UsageCost = "gen_ai.usage.cost";
    }

    /// <summary>The library's own attributes.</summary>
    public static class Own
    {
        public const string Prefix = "llm_observability.";

        public const string CallId = Prefix + "call.id";
        public const string Cached = Prefix + "cached";
        public const string ToolCalls = Prefix + "tool_calls";
        public const string Duration = Prefix + "duration";
        public const string OutputTokensPerSecond = Prefix + "output_tokens_per_second";
        public const string QueueWait = Prefix + "queue_wait";
        public const string Outcome = Prefix + "outcome";
        public const string SchemaValidated = Prefix + "schema.validated";
        public const string Attempts = Prefix + "attempts";
        public const string AttemptOrdinal = Prefix + "attempt.ordinal";
        public const string AttemptProvider = Prefix + "attempt.provider";
        public const string AttemptRequestModel = Prefix + "attempt.request_model";
        public const string AttemptResponseModel = Prefix + "attempt.response_model";
        public const string ProviderRequestId = Prefix + "provider.request_id";
        public const string HttpSends = Prefix + "http.sends";
        public const string CostReason = Prefix + "cost.reason";
        public const string UsageSource = Prefix + "usage.source";
        public const string CostPart = Prefix + "cost.part";
        public const string DropReason = Prefix + "drop.reason";
        public const string Sink = Prefix + "sink";

        /// <summary>Followed by the tag's key.</summary>
        public const string TagPrefix = Prefix + "tag.";
    }

    /// <summary>The library's own instruments of <see cref="LlmTelemetry.MeterName"/>.</summary>
    public static class Instruments
    {
        public const string Requests = Own.Prefix + "requests";
        public const string Tokens = Own.Prefix + "tokens";
        public const string Cost = Own.Prefix + "cost";
        public const string RequestsUnpriced = Own.Prefix + "requests.unpriced";
        public const string RequestsInProgress = Own.Prefix + "requests.in_progress";
        public const string RecordsDropped = Own.Prefix + "records.dropped";
        public const string HttpResends = Own.Prefix + "http.resends";
        public const string SeriesFolded = Own.Prefix + "metrics.folded";
        public const string ToolCalls = Own.Prefix + "tool_calls";
        public const string ToolCallDuration = Own.Prefix + "tool_call.duration";
        public const string Responses = Own.Prefix + "responses";
        public const string RequestsCached = Own.Prefix + "requests.cached";
        public const string SchemaFailures = Own.Prefix + "schema.failures";
        public const string QueueWait = Own.Prefix + "queue_wait";
        public const string OutputTokenRate = Own.Prefix + "output_token.rate";
    }

    /// <summary>The instruments of <see cref="LlmTelemetry.PipelineMeterName"/>.</summary>
    public static class Pipeline
    {
        public const string QueueRecords = Prefix + "queue.records";
        public const string QueueBytes = Prefix + "queue.bytes";
        public const string BatchRecords = Prefix + "batch.records";
        public const string FlushDuration = Prefix + "flush.duration";
        public const string Retries = Prefix + "retries";
        public const string RecordsAccepted = Prefix + "records.accepted";
        public const string RecordsWritten = Prefix + "records.written";
        public const string RecordsAlreadyWritten = Prefix + "records.already_written";
        public const string RecordsDropped = Prefix + "records.dropped";
        public const string OldestAge = Prefix + "oldest.age";
        public const string SpoolRecords = Prefix + "spool.records";
        public const string SpoolBytes = Prefix + "spool.bytes";
        public const string SpoolLag = Prefix + "spool.lag";
        public const string SpoolQuarantined = Prefix + "spool.quarantined";
        public const string SpoolLogged = Prefix + "spool.logged";
        public const string SpoolReadBack = Prefix + "spool.read_back";
        public const string SpoolPutAside = Prefix + "spool.put_aside";

        private const string Prefix = Own.Prefix + "pipeline.";
    }

    /// <summary>Units, in UCUM.</summary>
    public static class Units
    {
        public const string Seconds = "s";
        public const string Tokens = "{token}";
        public const string TokensPerSecond = "{token}/s";
        public const string Requests = "{request}";
        public const string Responses = "{response}";
        public const string Records = "{record}";
        public const string Segments = "{segment}";
        public const string ToolCalls = "{tool_call}";
        public const string Usd = "{USD}";
        public const string Bytes = "By";
        public const string Retries = "{retry}";
    }

    /// <summary>The classes of the disjoint token counter; <see cref="Input"/> and <see cref="Output"/> are those of the conventions too.</summary>
    public static class TokenTypes
    {
        public const string Input = "input";
        public const string CacheRead = "cache_read";
        public const string CacheWrite = "cache_write";
        public const string Output = "output";
        public const string Reasoning = "reasoning";
    }

    /// <summary>The parts of the cost counter.</summary>
    public static class CostParts
    {
        public const string Input = "input";
        public const string CachedInput = "cached_input";
        public const string Output = "output";
        public const string Fees = "fees";
    }
}
