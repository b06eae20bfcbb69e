namespace LlmObservability;

/// <summary>One attempt inside a call: a wrapped client that a retry or failover client called. Travels with its call.</summary>
public sealed record LlmAttempt
{
    /// <summary>1, 2, 3 … in the order in which the attempts began.</summary>
    public required int Ordinal { get; init; }

    /// <summary>When the attempt began: UTC, whole microseconds.</summary>
    public required DateTimeOffset StartedAt { get; init; }

    /// <summary>The provider that was asked.</summary>
    public string? Provider { get; init; }

    /// <summary>The model that was asked for.</summary>
    public string? RequestModel { get; init; }

    /// <summary>The model that answered.</summary>
    public string? ResponseModel { get; init; }

    /// <summary>The provider's id of the response.</summary>
    public string? ResponseId { get; init; }

    /// <summary>The provider's id of the request, from its response headers.</summary>
    public string? ProviderRequestId { get; init; }

    /// <summary>Host of the provider.</summary>
    public string? ServerAddress { get; init; }

    /// <summary>How the attempt ended.</summary>
    public required LlmOutcome Outcome { get; init; }

    /// <summary>HTTP status, where known.</summary>
    public int? HttpStatus { get; init; }

    /// <summary>Full name of the exception's type; null unless it failed.</summary>
    public string? ErrorType { get; init; }

    /// <summary>Why the model stopped.</summary>
    public string? FinishReason { get; init; }

    /// <summary>Token counts.</summary>
    public LlmTokens Tokens { get; init; }

    /// <summary>Cost, or null when not known.</summary>
    public LlmCost? Cost { get; init; }

    /// <summary>Why the cost is what it is.</summary>
    public LlmCostReason CostReason { get; init; }

    /// <summary>The price entry that matched.</summary>
    public string? PriceEntry { get; init; }

    /// <summary>Date of the catalog that held <see cref="PriceEntry"/>.</summary>
    public DateOnly? CatalogDate { get; init; }

    /// <summary>Whole microseconds, ≥ 0.</summary>
    public TimeSpan Duration { get; init; }

    /// <summary>To the first update with content.</summary>
    public TimeSpan? TimeToFirstToken { get; init; }
}
