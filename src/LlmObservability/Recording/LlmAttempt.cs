namespace LlmObservability;

/// <summary>One attempt inside a call: a wrapped client that a retry or failover client called. Travels with its call.</summary>
public sealed record LlmAttempt
{
    // Packed like a call: it is most of what a nested client costs.
    private readonly long _startedAt;
    private readonly long _timeToFirstToken = long.MinValue;
    private readonly ServedBy _served = ServedBy.Nobody;
    private readonly RareFacts? _rare;
    private readonly PackedResult _result;

    /// <summary>1, 2, 3 … in the order in which the attempts began.</summary>
    public required int Ordinal { get; init; }

    /// <summary>When the attempt began: UTC, whole microseconds.</summary>
    public required DateTimeOffset StartedAt
    {
        get => new(_startedAt, TimeSpan.Zero);
        init => _startedAt = value.UtcTicks;
    }

    /// <summary>The provider that was asked.</summary>
    public string? Provider
    {
        get => _served.Provider;
        init => _served = _served with { Provider = value };
    }

    /// <summary>The model that was asked for.</summary>
    public string? RequestModel
    {
        get => _served.RequestModel;
        init => _served = _served with { RequestModel = value };
    }

    /// <summary>The model that answered.</summary>
    public string? ResponseModel
    {
        get => _served.ResponseModel;
        init => _served = _served with { ResponseModel = value };
    }

    /// <summary>The provider's id of the response.</summary>
    public string? ResponseId { get; init; }

    /// <summary>What the HTTP exchange told, where the library's handler stands in the client's <c>HttpClient</c>.</summary>
    public LlmHttpDetail? Http
    {
        get => _rare?.Http;
        init => _rare = value == _rare?.Http ? _rare : RareFacts.Keep((_rare ?? RareFacts.None) with { Http = value });
    }

    /// <summary>Host of the provider.</summary>
    public string? ServerAddress
    {
        get => _served.ServerAddress;
        init => _served = _served with { ServerAddress = value };
    }

    /// <summary>W3C span id, 16 lower-case hex digits, of the attempt's span, in the call's trace; null where it had none there.</summary>
    public string? SpanId
    {
        get => _rare?.Span?.SpanId;
        init => _rare = value == SpanId ? _rare : RareFacts.Keep((_rare ?? RareFacts.None) with
        {
            Span = SpanIds.Keep((_rare?.Span ?? SpanIds.None) with { SpanId = value }),
        });
    }

    /// <summary>W3C span id, 16 lower-case hex digits, of the span in which the attempt's began; null where <see cref="SpanId"/> is.</summary>
    public string? ParentSpanId
    {
        get => _rare?.Span?.ParentSpanId;
        init => _rare = value == ParentSpanId ? _rare : RareFacts.Keep((_rare ?? RareFacts.None) with
        {
            Span = SpanIds.Keep((_rare?.Span ?? SpanIds.None) with { ParentSpanId = value }),
        });
    }

    /// <summary>How the attempt ended.</summary>
    public required LlmOutcome Outcome
    {
        get => _result.Outcome;
        init => _result.Outcome = value;
    }

    /// <summary>HTTP status, where known.</summary>
    public int? HttpStatus
    {
        get => _rare?.HttpStatus;
        init => _rare = value == _rare?.HttpStatus ? _rare : RareFacts.Keep((_rare ?? RareFacts.None) with { HttpStatus = value });
    }

    /// <summary>Full name of the exception's type; null unless it failed.</summary>
    public string? ErrorType
    {
        get => _rare?.ErrorType;
        init => _rare = value == _rare?.ErrorType ? _rare : RareFacts.Keep((_rare ?? RareFacts.None) with { ErrorType = value });
    }

    /// <summary>Why the model stopped.</summary>
    public string? FinishReason { get; init; }

    /// <summary>Token counts.</summary>
    public LlmTokens Tokens
    {
        get => _result.Tokens(_rare?.Usage);
        init => _rare = RareFacts.Keep(_result.Set(value, _rare?.Usage), _rare);
    }

    /// <summary>Cost, or null when not known.</summary>
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

    /// <summary>The price entry that matched.</summary>
    public string? PriceEntry
    {
        get => _served.PriceEntry;
        init => _served = _served with { PriceEntry = value };
    }

    /// <summary>Date of the catalog that held <see cref="PriceEntry"/>.</summary>
    public DateOnly? CatalogDate
    {
        get => _served.CatalogDate;
        init => _served = _served with { CatalogDate = value };
    }

    /// <summary>Whole microseconds, ≥ 0.</summary>
    public TimeSpan Duration { get; init; }

    /// <summary>The provider's time up to the first update with content; null when not streamed or none came.</summary>
    public TimeSpan? TimeToFirstToken
    {
        get => _timeToFirstToken == long.MinValue ? null : new(_timeToFirstToken);
        init => _timeToFirstToken = value?.Ticks ?? long.MinValue;
    }

    /// <summary>Outcome, tokens and cost as they are kept, at once; what does not fit is among <see cref="Rare"/>.</summary>
    internal PackedResult Result
    {
        get => _result;
        init => _result = value;
    }

    /// <summary>All that is rare, at once; null for nothing, and never <see cref="RareFacts.None"/>.</summary>
    internal RareFacts? Rare
    {
        get => _rare;
        init => _rare = value;
    }

    /// <summary>All that <see cref="ServedBy"/> holds, at once.</summary>
    internal ServedBy Served
    {
        get => _served;
        init => _served = value;
    }
}
