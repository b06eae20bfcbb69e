using LlmObservability.Sinks;

namespace LlmObservability.Tests.Sinks;

/// <summary>Envelopes with every field present or absent by a seed.</summary>
internal sealed class EnvelopeGenerator(int seed)
{
    private static readonly string[] Texts =
        ["", "a", "gpt-4o-mini", "mit Ümlaut", "日本語", "😀 emoji", "quote\" back\\slash", "line\nbreak\ttab\u0001", "</script>&'+", new('x', 300)];

    private readonly Random _random = new(seed);

    public LlmEnvelope Next() => _random.Next(4) == 0 ? new LlmAmendmentEnvelope(Amendment()) : CallEnvelope();

    public LlmCallEnvelope CallEnvelope() => new(Call())
    {
        Attempts = [.. Enumerable.Range(1, _random.Next(4)).Select(Attempt)],
        ToolCalls = [.. Enumerable.Range(1, _random.Next(4)).Select(ToolCall)],
    };

    private LlmCall Call() => new()
    {
        Id = Guid.NewGuid(),
        StartedAt = Time(),
        TraceId = MaybeText(),
        SpanId = MaybeText(),
        ParentSpanId = MaybeText(),
        Tags = Tags(),
        Operation = Text(),
        OutputType = Text(),
        Provider = MaybeText(),
        RequestModel = MaybeText(),
        ResponseModel = MaybeText(),
        ResponseId = MaybeText(),
        ServerAddress = MaybeText(),
        ServerPort = Maybe(() => _random.Next(65_536)),
        ServiceTier = MaybeText(),
        Geo = MaybeText(),
        Speed = MaybeText(),
        WebSearchCount = Coin() ? 0 : _random.Next(1, 100),
        InputCount = Maybe(() => _random.Next(100)),
        Dimensions = Maybe(() => _random.Next(4_096)),
        Http = Http(),
        Similarity = Maybe(() => _random.NextDouble()),
        SchemaValidated = Maybe(Coin),
        SchemaErrors = MaybeText(),
        ChunkCount = _random.Next(100),
        LongestStall = Maybe(Duration),
        Outcome = Word<LlmOutcome>(),
        HttpStatus = Maybe(() => _random.Next(100, 600)),
        ErrorType = MaybeText(),
        FinishReason = MaybeText(),
        Streaming = Coin(),
        Cached = Coin(),
        AttemptCount = _random.Next(10),
        ToolCallCount = _random.Next(10),
        Tokens = Tokens(),
        Cost = Maybe(Cost),
        CostReason = Word<LlmCostReason>(),
        PriceEntry = MaybeText(),
        CatalogDate = Maybe(Date),
        Duration = Duration(),
        ProviderTime = Duration(),
        TimeToFirstToken = Maybe(Duration),
        QueueWait = Maybe(Duration),
    };

    private LlmHttpDetail? Http() => Coin() ? null : new LlmHttpDetail
    {
        RequestId = MaybeText(),
        SendCount = _random.Next(1, 10),
        RetryAfter = Maybe(Duration),
        RemainingRequests = Maybe(() => _random.NextInt64(long.MaxValue)),
        RemainingTokens = Maybe(() => _random.NextInt64(long.MaxValue)),
    };

    private LlmAttempt Attempt(int ordinal) => new()
    {
        Ordinal = ordinal,
        StartedAt = Time(),
        SpanId = MaybeText(),
        ParentSpanId = MaybeText(),
        Provider = MaybeText(),
        RequestModel = MaybeText(),
        ResponseModel = MaybeText(),
        ResponseId = MaybeText(),
        Http = Http(),
        ServerAddress = MaybeText(),
        Outcome = Word<LlmOutcome>(),
        HttpStatus = Maybe(() => _random.Next(100, 600)),
        ErrorType = MaybeText(),
        FinishReason = MaybeText(),
        Tokens = Tokens(),
        Cost = Maybe(Cost),
        CostReason = Word<LlmCostReason>(),
        PriceEntry = MaybeText(),
        CatalogDate = Maybe(Date),
        Duration = Duration(),
        TimeToFirstToken = Maybe(Duration),
    };

    private LlmToolCall ToolCall(int ordinal) => new()
    {
        Ordinal = ordinal,
        StartedAt = Time(),
        TraceId = MaybeText(),
        SpanId = MaybeText(),
        ParentSpanId = MaybeText(),
        Name = Text(),
        Type = Text(),
        ToolCallId = MaybeText(),
        Outcome = Word<LlmOutcome>(),
        ErrorType = MaybeText(),
        Duration = Duration(),
    };

    private LlmAmendment Amendment() => new()
    {
        Id = Guid.NewGuid(),
        CallId = Guid.NewGuid(),
        CallStartedAt = Time(),
        CreatedAt = Time(),
        Kind = Text(),
        Name = MaybeText(),
        Score = Maybe(() => (_random.NextDouble() - 0.5) * Math.Pow(10, _random.Next(-20, 20))),
        Label = MaybeText(),
        Cost = Maybe(Cost),
        CostReason = Maybe(Word<LlmCostReason>),
        PriceEntry = MaybeText(),
        CatalogDate = Maybe(Date),
    };

    private LlmTags Tags() => new(
        Enumerable.Range(0, _random.Next(5)).Select(i => KeyValuePair.Create($"{i}{Text()}", Text())))
    {
        User = MaybeText(),
        Tenant = MaybeText(),
        Session = MaybeText(),
        Conversation = MaybeText(),
        Episode = MaybeText(),
        Route = MaybeText(),
        Feature = MaybeText(),
        Config = MaybeText(),
        Variant = MaybeText(),
        Environment = MaybeText(),
        Service = MaybeText(),
        ServiceVersion = MaybeText(),
    };

    private LlmTokens Tokens()
    {
        var source = Word<LlmUsageSource>();
        return source == LlmUsageSource.Missing
            ? default
            : new LlmTokens
            {
                Source = source,
                UncachedInput = Count(),
                CacheRead = Count(),
                CacheWrite5m = Count(),
                CacheWrite1h = Count(),
                VisibleOutput = Count(),
                Reasoning = Count(),
                Detail = Coin() ? TokenDetail() : null,
            };
    }

    private LlmTokenDetail TokenDetail() => new()
    {
        AudioInput = Count(),
        ImageInput = Count(),
        VideoInput = Count(),
        AudioCacheRead = Count(),
        ImageCacheRead = Count(),
        AudioOutput = Count(),
        ImageOutput = Count(),
        VideoOutput = Count(),
        Citation = Count(),
    };

    private LlmCost Cost() => new()
    {
        InputNanos = Count(),
        CachedInputNanos = Count(),
        OutputNanos = Count(),
        FeesNanos = Count(),
    };

    private long Count() => _random.Next(3) switch { 0 => 0, 1 => _random.Next(100_000), _ => _random.NextInt64(1L << 58) };

    private TimeSpan Duration() => TimeSpan.FromMicroseconds(_random.NextInt64(1, 1L << 40));

    private DateTimeOffset Time() => DateTimeOffset.UnixEpoch.AddMicroseconds(_random.NextInt64(1L << 52));

    private DateOnly Date() => DateOnly.FromDayNumber(_random.Next(DateOnly.MaxValue.DayNumber));

    private string Text() => Texts[_random.Next(Texts.Length)];

    private string? MaybeText() => Coin() ? Text() : null;

    private T? Maybe<T>(Func<T> value)
        where T : struct => Coin() ? value() : null;

    private T Word<T>()
        where T : struct, Enum => Enum.GetValues<T>()[_random.Next(Enum.GetValues<T>().Length)];

    private bool Coin() => _random.Next(2) == 0;
}
