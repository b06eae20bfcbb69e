namespace LlmObservability.Pricing;

/// <summary>A model that a catalog has prices for.</summary>
/// <param name="Provider">The provider's id; null for a price of the application's own that holds for every provider.</param>
/// <param name="Model">The model's or deployment's name.</param>
public readonly record struct PricedModel(string? Provider, string Model);
