using System.Text.Json.Serialization;

namespace LlmObservability.Dashboard.Answers;

/// <summary>What a call and an attempt have in common. Tokens are left out where no usage is known.</summary>
internal abstract record ExchangeAnswer : PricedAnswer
{
    protected ExchangeAnswer(in LlmTokens tokens, LlmHttpDetail? http, LlmCost? cost, LlmCostReason reason, string? priceEntry, DateOnly? catalogDate)
        : base(cost, reason, priceEntry, catalogDate)
    {
        UsageSource = tokens.Source.ToName();
        if (tokens.Source != LlmUsageSource.Missing)
        {
            InputTokens = tokens.Input;
            UncachedInputTokens = tokens.UncachedInput;
            CacheReadTokens = tokens.CacheRead;
            CacheWrite5mTokens = tokens.CacheWrite5m;
            CacheWrite1hTokens = tokens.CacheWrite1h;
            OutputTokens = tokens.Output;
            VisibleOutputTokens = tokens.VisibleOutput;
            ReasoningTokens = tokens.Reasoning;
            TokenDetail = tokens.Detail is { } detail ? new TokenDetailAnswer(detail) : null;
        }

        if (http is not null)
        {
            HttpSendCount = http.SendCount;
            ProviderRequestId = http.RequestId;
            RetryAfterUs = Microseconds(http.RetryAfter);
            RemainingRequests = http.RemainingRequests;
            RemainingTokens = http.RemainingTokens;
        }
    }

    public required DateTimeOffset StartedAt { get; init; }

    public string? Provider { get; init; }

    public string? RequestModel { get; init; }

    public string? ResponseModel { get; init; }

    public string? ResponseId { get; init; }

    public string? ServerAddress { get; init; }

    public int? HttpSendCount { get; }

    public string? ProviderRequestId { get; }

    public long? RetryAfterUs { get; }

    public long? RemainingRequests { get; }

    public long? RemainingTokens { get; }

    public required string Outcome { get; init; }

    public int? HttpStatus { get; init; }

    public string? ErrorType { get; init; }

    public string? FinishReason { get; init; }

    public string UsageSource { get; }

    public long? InputTokens { get; }

    public long? UncachedInputTokens { get; }

    public long? CacheReadTokens { get; }

    [JsonPropertyName("cache_write_5m_tokens")]
    public long? CacheWrite5mTokens { get; }

    [JsonPropertyName("cache_write_1h_tokens")]
    public long? CacheWrite1hTokens { get; }

    public long? OutputTokens { get; }

    public long? VisibleOutputTokens { get; }

    public long? ReasoningTokens { get; }

    public TokenDetailAnswer? TokenDetail { get; }

    public required long DurationUs { get; init; }

    public long? TimeToFirstTokenUs { get; init; }

    protected static long Microseconds(TimeSpan time) => time.Ticks / TimeSpan.TicksPerMicrosecond;

    protected static long? Microseconds(TimeSpan? time) => time is { } known ? Microseconds(known) : null;

    protected static double? Finite(double? number) => number is { } known && double.IsFinite(known) ? known : null;
}
