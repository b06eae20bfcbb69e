namespace LlmObservability;

/// <summary>What the HTTP exchange below a call told, where the handler stands in the client's <c>HttpClient</c>. Of several exchanges, the last one's.</summary>
public sealed record LlmHttpDetail
{
    /// <summary>The provider's id of the request (<c>x-request-id</c>, <c>request-id</c>, <c>apim-request-id</c> …).</summary>
    public string? RequestId { get; init; }

    /// <summary>How many requests were sent: more than 1 where the provider's SDK retried by itself, or several clients inside the call sent one. ≥ 1.</summary>
    public int SendCount { get; init; } = 1;

    /// <summary>How long the provider asks to wait before the next request: whole microseconds, ≥ 0.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>How many requests the provider's rate limit leaves; ≥ 0.</summary>
    public long? RemainingRequests { get; init; }

    /// <summary>How many tokens the provider's rate limit leaves; ≥ 0.</summary>
    public long? RemainingTokens { get; init; }
}
