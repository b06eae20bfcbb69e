using System.Text.Json.Serialization;

namespace LlmObservability.Dashboard.Answers;

/// <summary>A cost with what it was worked out by.</summary>
internal abstract record PricedAnswer : CostAnswer
{
    protected PricedAnswer(LlmCost? cost, LlmCostReason? reason, string? priceEntry, DateOnly? catalogDate)
        : base(cost)
    {
        CostReason = reason?.ToName();
        PriceEntry = priceEntry;
        CatalogDate = catalogDate;
    }

    [JsonPropertyOrder(51)]
    public string? CostReason { get; }

    [JsonPropertyOrder(51)]
    public string? PriceEntry { get; }

    [JsonPropertyOrder(51)]
    public DateOnly? CatalogDate { get; }
}
