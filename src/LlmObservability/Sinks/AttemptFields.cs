using System.Text.Json;

namespace LlmObservability.Sinks;

/// <summary>The fields of an attempt while an envelope is read.</summary>
internal sealed class AttemptFields : IEnvelopeFields
{
    private readonly ExchangeFields _exchange = new();
    private int? _ordinal;
    private string? _spanId;
    private string? _parentSpanId;

    public bool TryRead(scoped ReadOnlySpan<char> name, ref Utf8JsonReader json)
    {
        switch (name)
        {
            case "ordinal": _ordinal = JsonValues.Int32(ref json); break;
            case "span_id": _spanId = json.GetString(); break;
            case "parent_span_id": _parentSpanId = json.GetString(); break;
            default: return _exchange.TryRead(name, ref json);
        }

        return true;
    }

    public LlmAttempt ToAttempt() => new()
    {
        Ordinal = JsonValues.Needed(_ordinal, "ordinal"),
        StartedAt = JsonValues.Needed(_exchange.StartedAt, "started_at"),
        SpanId = _spanId,
        ParentSpanId = _parentSpanId,
        Provider = _exchange.Provider,
        RequestModel = _exchange.RequestModel,
        ResponseModel = _exchange.ResponseModel,
        ResponseId = _exchange.ResponseId,
        Http = _exchange.Http,
        ServerAddress = _exchange.ServerAddress,
        Outcome = JsonValues.Needed(_exchange.Outcome, "outcome"),
        HttpStatus = _exchange.HttpStatus,
        ErrorType = _exchange.ErrorType,
        FinishReason = _exchange.FinishReason,
        Tokens = _exchange.Tokens,
        Cost = _exchange.Cost.Cost,
        CostReason = JsonValues.Needed(_exchange.Cost.Reason, "cost_reason"),
        PriceEntry = _exchange.Cost.PriceEntry,
        CatalogDate = _exchange.Cost.CatalogDate,
        Duration = _exchange.Duration,
        TimeToFirstToken = _exchange.TimeToFirstToken,
    };
}
