namespace LlmObservability.Pricing;

/// <summary>
/// A price of the application's own, in US dollars per million tokens: a negotiated rate, a deployment's name, a model
/// that runs in house. It beats every entry of the catalog. Settable throughout, so that it binds from configuration.
/// </summary>
public sealed class PriceOverride
{
    /// <summary>The provider it is for, by any name that a client may call it; null or empty for every provider.</summary>
    public string? Provider { get; set; }

    /// <summary>
    /// The model's or deployment's name, compared without case: <c>*</c> stands for any text, <c>#</c> for one digit.
    /// Required.
    /// </summary>
    public string? Model { get; set; }

    /// <summary>Input, USD per million tokens. Required; 0 means really free.</summary>
    public decimal? Input { get; set; }

    /// <summary>Output, USD per million tokens. Required; 0 means really free.</summary>
    public decimal? Output { get; set; }

    /// <summary>Input read from a cache, USD per million tokens; null bills it as <see cref="Input"/>.</summary>
    public decimal? CachedInput { get; set; }

    /// <summary>Input written to a cache, USD per million tokens; null bills it as <see cref="Input"/>.</summary>
    public decimal? CacheWrite { get; set; }
}
