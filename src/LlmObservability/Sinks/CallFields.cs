using System.Text.Json;

namespace LlmObservability.Sinks;

/// <summary>The fields of a call's envelope while it is read.</summary>
internal sealed class CallFields : IEnvelopeFields
{
    private readonly ExchangeFields _exchange = new();
    private readonly TagFields _tags = new();
    private List<LlmAttempt>? _attempts;
    private List<LlmToolCall>? _toolCalls;
    private Guid? _id;
    private string? _traceId;
    private string? _spanId;
    private string? _parentSpanId;
    private string _operation = LlmVocabulary.Chat;
    private string _outputType = LlmVocabulary.Text;
    private int? _serverPort;
    private string? _serviceTier;
    private string? _geo;
    private string? _speed;
    private int _webSearchCount;
    private int? _inputCount;
    private int? _dimensions;
    private double? _similarity;
    private bool? _schemaValidated;
    private string? _schemaErrors;
    private int _chunkCount;
    private TimeSpan? _longestStall;
    private bool _streaming;
    private bool _cached;
    private int _attemptCount = 1;
    private int _toolCallCount;
    private TimeSpan _providerTime;
    private TimeSpan? _queueWait;

    public bool TryRead(scoped ReadOnlySpan<char> name, ref Utf8JsonReader json)
    {
        switch (name)
        {
            case "id": _id = JsonValues.Id(ref json); break;
            case "trace_id": _traceId = json.GetString(); break;
            case "span_id": _spanId = json.GetString(); break;
            case "parent_span_id": _parentSpanId = json.GetString(); break;
            case "operation": _operation = json.GetString()!; break;
            case "output_type": _outputType = json.GetString()!; break;
            case "server_port": _serverPort = JsonValues.Int32(ref json); break;
            case "service_tier": _serviceTier = json.GetString(); break;
            case "geo": _geo = json.GetString(); break;
            case "speed": _speed = json.GetString(); break;
            case "web_search_count": _webSearchCount = JsonValues.Int32(ref json); break;
            case "input_count": _inputCount = JsonValues.Int32(ref json); break;
            case "dimensions": _dimensions = JsonValues.Int32(ref json); break;
            case "similarity": _similarity = JsonValues.Number(ref json); break;
            case "schema_validated": _schemaValidated = json.GetBoolean(); break;
            case "schema_errors": _schemaErrors = json.GetString(); break;
            case "chunk_count": _chunkCount = JsonValues.Int32(ref json); break;
            case "longest_stall_us": _longestStall = JsonValues.Duration(ref json); break;
            case "streaming": _streaming = json.GetBoolean(); break;
            case "cached": _cached = json.GetBoolean(); break;
            case "attempt_count": _attemptCount = JsonValues.Int32(ref json); break;
            case "tool_call_count": _toolCallCount = JsonValues.Int32(ref json); break;
            case "provider_time_us": _providerTime = JsonValues.Duration(ref json); break;
            case "queue_wait_us": _queueWait = JsonValues.Duration(ref json); break;
            case "attempts": _attempts = EnvelopeReader.ReadAttempts(ref json); break;
            case "tool_calls": _toolCalls = EnvelopeReader.ReadToolCalls(ref json); break;
            default: return _exchange.TryRead(name, ref json) || _tags.TryRead(name, ref json);
        }

        return true;
    }

    public LlmCallEnvelope ToEnvelope()
    {
        var call = new LlmCall
        {
            Id = JsonValues.Needed(_id, "id"),
            StartedAt = JsonValues.Needed(_exchange.StartedAt, "started_at"),
            Trace = SpanIds.Keep(new SpanIds(_traceId, _spanId, _parentSpanId)),
            Tags = _tags.ToTags(),
            Operation = _operation,
            OutputType = _outputType,
            Provider = _exchange.Provider,
            RequestModel = _exchange.RequestModel,
            ResponseModel = _exchange.ResponseModel,
            ResponseId = _exchange.ResponseId,
            ServerAddress = _exchange.ServerAddress,
            ServerPort = _serverPort,
            ServiceTier = _serviceTier,
            Geo = _geo,
            Speed = _speed,
            WebSearchCount = _webSearchCount,
            InputCount = _inputCount,
            Dimensions = _dimensions,
            Http = _exchange.Http,
            Similarity = _similarity,
            SchemaValidated = _schemaValidated,
            SchemaErrors = _schemaErrors,
            Outcome = JsonValues.Needed(_exchange.Outcome, "outcome"),
            HttpStatus = _exchange.HttpStatus,
            ErrorType = _exchange.ErrorType,
            FinishReason = _exchange.FinishReason,
            Streaming = _streaming,
            Cached = _cached,
            AttemptCount = _attemptCount,
            ToolCallCount = _toolCallCount,
            Tokens = _exchange.Tokens,
            Cost = _exchange.Cost.Cost,
            CostReason = JsonValues.Needed(_exchange.Cost.Reason, "cost_reason"),
            PriceEntry = _exchange.Cost.PriceEntry,
            CatalogDate = _exchange.Cost.CatalogDate,
            Duration = _exchange.Duration,
            ProviderTime = _providerTime,
            TimeToFirstToken = _exchange.TimeToFirstToken,
            QueueWait = _queueWait,
            ChunkCount = _chunkCount,
            LongestStall = _longestStall,
        };
        return new LlmCallEnvelope(call)
        {
            Attempts = _attempts is null ? [] : _attempts,
            ToolCalls = _toolCalls is null ? [] : _toolCalls,
        };
    }
}
