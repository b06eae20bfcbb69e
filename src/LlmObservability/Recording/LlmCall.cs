namespace LlmObservability;

/// <summary>
/// One logical LLM call, as it is kept. Immutable; holds copies of what was seen at completion, never the response,
/// its usage, a prompt, an answer, or an exception's message.
/// </summary>
public sealed record LlmCall
{
    // Packed: tens of thousands may wait in a queue, and what a call allocates is most of what it costs. Times are ticks,
    // and the lowest value of a type stands for null.
    private readonly long _startedAt;
    private readonly long _timeToFirstToken = long.MinValue;
    private readonly long _queueWait = long.MinValue;
    private readonly long _longestStall = long.MinValue;
    private readonly SpanIds? _trace;
    private readonly RareFacts? _rare;
    private readonly PackedResult _result;
    private readonly int _serverPort = int.MinValue;
    private readonly int _catalogDay = -1;

    /// <summary>UUID version 7; its milliseconds equal those of <see cref="StartedAt"/> (see <see cref="LlmCallId"/>).</summary>
    public required Guid Id { get; init; }

    /// <summary>When the call began: UTC, whole microseconds.</summary>
    public required DateTimeOffset StartedAt
    {
        get => new(_startedAt, TimeSpan.Zero);
        init => _startedAt = value.UtcTicks;
    }

    /// <summary>W3C trace id, 32 lower-case hex digits, of the call's span, else of the activity in which it was made; null where there was neither.</summary>
    public string? TraceId
    {
        get => _trace?.TraceId;
        init => _trace = SpanIds.WithTrace(_trace, value);
    }

    /// <summary>W3C span id, 16 lower-case hex digits, of the call's own span. Null where it had none, as inside another instrumentation's span of the same call.</summary>
    public string? SpanId
    {
        get => _trace?.SpanId;
        init => _trace = SpanIds.WithSpan(_trace, value);
    }

    /// <summary>W3C span id, 16 lower-case hex digits, of the span in which the call was made: its span's parent; around a call without one another instrumentation's span of it, else the current activity. Null at a trace's root.</summary>
    public string? ParentSpanId
    {
        get => _trace?.ParentSpanId;
        init => _trace = SpanIds.WithParent(_trace, value);
    }

    /// <summary>First-class and own tags.</summary>
    public LlmTags Tags { get; init; } = LlmTags.Empty;

    /// <summary>GenAI operation name: <c>chat</c>, <c>embeddings</c>, or <c>generate_content</c> for speech and images.</summary>
    public string Operation { get; init; } = LlmVocabulary.Chat;

    /// <summary>What was asked for: <c>text</c>, <c>json</c>, <c>image</c> or <c>speech</c>; <c>text</c> for embeddings too, which have no word of their own.</summary>
    public string OutputType { get; init; } = LlmVocabulary.Text;

    /// <summary>Provider by its GenAI convention name (<c>openai</c>, <c>anthropic</c>, <c>azure.ai.openai</c> …), or the client's own.</summary>
    public string? Provider { get; init; }

    /// <summary>The model that was asked for.</summary>
    public string? RequestModel { get; init; }

    /// <summary>The model that answered.</summary>
    public string? ResponseModel { get; init; }

    /// <summary>The provider's id of the response.</summary>
    public string? ResponseId { get; init; }

    /// <summary>Host of the provider.</summary>
    public string? ServerAddress { get; init; }

    /// <summary>Port of the provider, where <see cref="ServerAddress"/> is known; ≥ 0.</summary>
    public int? ServerPort
    {
        get => _serverPort == int.MinValue ? null : _serverPort;
        init => _serverPort = value ?? int.MinValue;
    }

    /// <summary>The service tier that served the call (<c>batch</c>, <c>flex</c>, <c>priority</c>), or null for the standard one.</summary>
    public string? ServiceTier
    {
        get => _rare?.ServiceTier;
        init => _rare = value == _rare?.ServiceTier ? _rare : RareFacts.Keep((_rare ?? RareFacts.None) with { ServiceTier = value });
    }

    /// <summary>Where the call was served, where that has a price of its own (<c>us</c>, <c>eu</c>); null for anywhere.</summary>
    public string? Geo
    {
        get => _rare?.Geo;
        init => _rare = value == _rare?.Geo ? _rare : RareFacts.Keep((_rare ?? RareFacts.None) with { Geo = value });
    }

    /// <summary>The speed that was bought (<c>fast</c>), or null for the standard one.</summary>
    public string? Speed
    {
        get => _rare?.Speed;
        init => _rare = value == _rare?.Speed ? _rare : RareFacts.Keep((_rare ?? RareFacts.None) with { Speed = value });
    }

    /// <summary>Web searches that the provider made for the call and bills; ≥ 0.</summary>
    public int WebSearchCount
    {
        get => _rare?.WebSearchCount ?? 0;
        init => _rare = value == WebSearchCount ? _rare : RareFacts.Keep((_rare ?? RareFacts.None) with { WebSearchCount = value });
    }

    /// <summary>How many inputs were embedded; null for other operations.</summary>
    public int? InputCount
    {
        get => _rare?.InputCount;
        init => _rare = value == _rare?.InputCount ? _rare : RareFacts.Keep((_rare ?? RareFacts.None) with { InputCount = value });
    }

    /// <summary>The dimensions of an embedding; null for other operations.</summary>
    public int? Dimensions
    {
        get => _rare?.Dimensions;
        init => _rare = value == _rare?.Dimensions ? _rare : RareFacts.Keep((_rare ?? RareFacts.None) with { Dimensions = value });
    }

    /// <summary>What the HTTP exchange told, where the library's handler stands in the client's <c>HttpClient</c>.</summary>
    public LlmHttpDetail? Http
    {
        get => _rare?.Http;
        init => _rare = value == _rare?.Http ? _rare : RareFacts.Keep((_rare ?? RareFacts.None) with { Http = value });
    }

    /// <summary>How similar the question was to the one whose answer the application's cache gave, as the application says; a cached call's only.</summary>
    public double? Similarity
    {
        get => _rare?.Similarity;
        init => _rare = value == _rare?.Similarity ? _rare : RareFacts.Keep((_rare ?? RareFacts.None) with { Similarity = value });
    }

    /// <summary>Whether an answer asked for as JSON parsed, and matched the schema if there was one that could be used; null where neither was checked.</summary>
    public bool? SchemaValidated
    {
        get => _rare?.SchemaValidated;
        init => _rare = value == _rare?.SchemaValidated ? _rare : RareFacts.Keep((_rare ?? RareFacts.None) with { SchemaValidated = value });
    }

    /// <summary>The first mismatches, one a line, without anything of the answer; null unless <see cref="SchemaValidated"/> is false.</summary>
    public string? SchemaErrors
    {
        get => _rare?.SchemaErrors;
        init => _rare = value == _rare?.SchemaErrors ? _rare : RareFacts.Keep((_rare ?? RareFacts.None) with { SchemaErrors = value });
    }

    /// <summary>How the call ended.</summary>
    public required LlmOutcome Outcome
    {
        get => _result.Outcome;
        init => _result.Outcome = value;
    }

    /// <summary>HTTP status of a failure, where the exception tells it, else where <see cref="LlmHttpHandler"/> saw it; 400 to 599 then.</summary>
    public int? HttpStatus
    {
        get => _rare?.HttpStatus;
        init => _rare = value == _rare?.HttpStatus ? _rare : RareFacts.Keep((_rare ?? RareFacts.None) with { HttpStatus = value });
    }

    /// <summary>Full name of the exception's type; null unless <see cref="Outcome"/> is <see cref="LlmOutcome.Failed"/>.</summary>
    public string? ErrorType
    {
        get => _rare?.ErrorType;
        init => _rare = value == _rare?.ErrorType ? _rare : RareFacts.Keep((_rare ?? RareFacts.None) with { ErrorType = value });
    }

    /// <summary>Why the model stopped.</summary>
    public string? FinishReason { get; init; }

    /// <summary>Whether the response was streamed.</summary>
    public bool Streaming { get; init; }

    /// <summary>Whether the answer is known to come from the application's cache, with no provider called.</summary>
    public bool Cached { get; init; }

    /// <summary>How many attempts the call is known to have made: the wrapped clients inside it, else 1; 0 where no model was called.</summary>
    public int AttemptCount { get; init; } = 1;

    /// <summary>How many functions the model asked for, invoked or not. Tools that the provider hosts and invokes by itself are not counted.</summary>
    public int ToolCallCount { get; init; }

    /// <summary>Token counts.</summary>
    public LlmTokens Tokens
    {
        get => _result.Tokens(_rare?.Usage);
        init => _rare = RareFacts.Keep(_result.Set(value, _rare?.Usage), _rare);
    }

    /// <summary>Cost, or null when it is not known; <see cref="CostReason"/> says why.</summary>
    public LlmCost? Cost
    {
        get => _result.Cost(_rare?.Usage);
        init => _rare = RareFacts.Keep(_result.Set(value, _rare?.Usage), _rare);
    }

    /// <summary>Why the cost is what it is.</summary>
    public LlmCostReason CostReason
    {
        get => _result.CostReason;
        init => _result.CostReason = value;
    }

    /// <summary>The price entry that matched, as <c>provider/model</c>.</summary>
    public string? PriceEntry { get; init; }

    /// <summary>Date of the catalog that held <see cref="PriceEntry"/>.</summary>
    public DateOnly? CatalogDate
    {
        get => _catalogDay < 0 ? null : DateOnly.FromDayNumber(_catalogDay);
        init => _catalogDay = value?.DayNumber ?? -1;
    }

    /// <summary>From the call to its end as the caller saw it: whole microseconds, ≥ 0.</summary>
    public TimeSpan Duration { get; init; }

    /// <summary>
    /// The part of <see cref="Duration"/> spent waiting for the inner client; the rest is the stream's consumer. Updates that
    /// come without waiting, each within 20 µs, count as the consumer's (docs/telemetry.md).
    /// </summary>
    public TimeSpan ProviderTime { get; init; }

    /// <summary>The provider's time up to the first update with content, without the consumer's; ≥ 0, null when not streamed or none came.</summary>
    public TimeSpan? TimeToFirstToken
    {
        get => _timeToFirstToken == long.MinValue ? null : new(_timeToFirstToken);
        init => _timeToFirstToken = value?.Ticks ?? long.MinValue;
    }

    /// <summary>
    /// How many chunks with content a stream came in; 0 when not streamed. What comes together, within 20 µs of the provider's
    /// time, is one, in however many updates (docs/telemetry.md).
    /// </summary>
    public int ChunkCount { get; init; }

    /// <summary>The longest that the provider took from one chunk with content to the next; null with fewer than two.</summary>
    public TimeSpan? LongestStall
    {
        get => _longestStall == long.MinValue ? null : new(_longestStall);
        init => _longestStall = value?.Ticks ?? long.MinValue;
    }

    /// <summary>How long the request waited before the call, where the application says so; ≥ 0.</summary>
    public TimeSpan? QueueWait
    {
        get => _queueWait == long.MinValue ? null : new(_queueWait);
        init => _queueWait = value?.Ticks ?? long.MinValue;
    }

    /// <summary>The model by which calls are grouped: the one that answered, else the one asked for.</summary>
    public string? Model => ResponseModel ?? RequestModel;

    /// <summary>Output tokens per second of <see cref="ProviderTime"/>; null without usage, output or time.</summary>
    public double? OutputTokensPerSecond =>
        Tokens.Source == LlmUsageSource.Missing || Tokens.Output == 0 || ProviderTime <= TimeSpan.Zero
            ? null
            : Tokens.Output / ProviderTime.TotalSeconds;

    /// <summary>Outcome, tokens and cost as they are kept, at once; what does not fit is among <see cref="Rare"/>.</summary>
    internal PackedResult Result
    {
        get => _result;
        init => _result = value;
    }

    /// <summary>Its ids in a trace, at once; null for none.</summary>
    internal SpanIds? Trace
    {
        get => _trace;
        init => _trace = value;
    }

    /// <summary>All that is rare, at once; null for nothing, and never <see cref="RareFacts.None"/>.</summary>
    internal RareFacts? Rare
    {
        get => _rare;
        init => _rare = value;
    }

    /// <summary>Whether output tokens are something that the call can have: an embedding has none.</summary>
    internal bool HasOutput => Operation != LlmVocabulary.Embeddings || Tokens.Output != 0;
}
