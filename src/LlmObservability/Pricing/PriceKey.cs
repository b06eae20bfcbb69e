namespace LlmObservability.Pricing;

/// <summary>What a resolved look-up is remembered by.</summary>
internal readonly record struct PriceKey(string? Provider, string? Host, string? ResponseModel, string? RequestModel);
