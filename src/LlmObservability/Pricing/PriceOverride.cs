namespace LlmObservability.Pricing;

/// <summary>
/// A price of the application's own, in US dollars per million tokens (fees per thousand): a negotiated rate, a deployment's
/// name, a model that runs in house. It beats every entry of the catalog, and takes nothing from it: what has no price here
/// is billed as its parent. Prices that differ by context, service tier, time or place stand in a price file
/// (<see cref="LlmObservabilityOptions.PriceFile"/>). Settable throughout, so that it binds from configuration.
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

    /// <summary>Input written to a cache for 1 hour, USD per million tokens; null bills it as <see cref="CacheWrite"/>.</summary>
    public decimal? CacheWrite1h { get; set; }

    /// <summary>Output spent on reasoning, USD per million tokens; null bills it as <see cref="Output"/>.</summary>
    public decimal? Reasoning { get; set; }

    /// <summary>Audio input, USD per million tokens; null bills it as <see cref="Input"/>.</summary>
    public decimal? AudioInput { get; set; }

    /// <summary>Audio output, USD per million tokens; null bills it as <see cref="Output"/>.</summary>
    public decimal? AudioOutput { get; set; }

    /// <summary>Image input, USD per million tokens; null bills it as <see cref="Input"/>.</summary>
    public decimal? ImageInput { get; set; }

    /// <summary>Image output, USD per million tokens; null bills it as <see cref="Output"/>.</summary>
    public decimal? ImageOutput { get; set; }

    /// <summary>Fee of a request, USD per thousand requests; null for none.</summary>
    public decimal? Request { get; set; }

    /// <summary>Fee of a web search that the provider makes, USD per thousand; null: searches are not billed, and that is logged once.</summary>
    public decimal? WebSearch { get; set; }
}
