namespace LlmObservability.Pricing;

/// <summary>The answer of <see cref="CallPricer.Price"/>: a cost, or the reason why there is none.</summary>
/// <param name="Cost">The cost; null unless <paramref name="Reason"/> is <see cref="LlmCostReason.Priced"/>.</param>
/// <param name="Reason">Why the cost is what it is.</param>
/// <param name="PriceEntry">The entry that matched, as <c>provider/model</c> or <c>override/model</c>, with the provider that was asked, though a fallback may hold the prices; also when the tokens could not be priced by it.</param>
/// <param name="CatalogDate">Date of the catalog in which <paramref name="PriceEntry"/> was found; null when there is none.</param>
public readonly record struct PricedCost(LlmCost? Cost, LlmCostReason Reason, string? PriceEntry, DateOnly? CatalogDate);
