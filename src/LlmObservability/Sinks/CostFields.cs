using System.Text.Json;

namespace LlmObservability.Sinks;

/// <summary>The fields of a cost while an envelope is read.</summary>
internal sealed class CostFields
{
    private LlmCost? _cost;

    /// <summary>Null unless one of its parts was there. The total is not read: the parts make it.</summary>
    public LlmCost? Cost => _cost;

    public LlmCostReason? Reason { get; private set; }

    public string? PriceEntry { get; private set; }

    public DateOnly? CatalogDate { get; private set; }

    public bool TryRead(scoped ReadOnlySpan<char> name, ref Utf8JsonReader json)
    {
        var cost = _cost ?? default;
        switch (name)
        {
            case "cost_input_nanos": _cost = cost with { InputNanos = JsonValues.Int64(ref json) }; break;
            case "cost_cached_input_nanos": _cost = cost with { CachedInputNanos = JsonValues.Int64(ref json) }; break;
            case "cost_output_nanos": _cost = cost with { OutputNanos = JsonValues.Int64(ref json) }; break;
            case "cost_fees_nanos": _cost = cost with { FeesNanos = JsonValues.Int64(ref json) }; break;
            case "cost_reason": Reason = JsonValues.CostReason(ref json); break;
            case "price_entry": PriceEntry = json.GetString(); break;
            case "catalog_date": CatalogDate = JsonValues.Date(ref json); break;
            default: return false;
        }

        return true;
    }
}
