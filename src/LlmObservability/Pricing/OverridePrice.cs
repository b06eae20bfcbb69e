namespace LlmObservability.Pricing;

/// <summary>The prices of a <see cref="PriceOverride"/>: what each is called and which class it is for.</summary>
/// <param name="Name">The property's name.</param>
/// <param name="Class">What it is a price for.</param>
/// <param name="Get">Reads it.</param>
/// <param name="Set">Writes it.</param>
internal sealed record OverridePrice(string Name, PriceClass Class, Func<PriceOverride, decimal?> Get, Action<PriceOverride, decimal?> Set)
{
    public static readonly IReadOnlyList<OverridePrice> All =
    [
        new(nameof(PriceOverride.Input), PriceClass.In, p => p.Input, (p, price) => p.Input = price),
        new(nameof(PriceOverride.Output), PriceClass.Out, p => p.Output, (p, price) => p.Output = price),
        new(nameof(PriceOverride.CachedInput), PriceClass.CacheRead, p => p.CachedInput, (p, price) => p.CachedInput = price),
        new(nameof(PriceOverride.CacheWrite), PriceClass.CacheWrite, p => p.CacheWrite, (p, price) => p.CacheWrite = price),
        new(nameof(PriceOverride.CacheWrite1h), PriceClass.CacheWrite1h, p => p.CacheWrite1h, (p, price) => p.CacheWrite1h = price),
        new(nameof(PriceOverride.Reasoning), PriceClass.Reasoning, p => p.Reasoning, (p, price) => p.Reasoning = price),
        new(nameof(PriceOverride.AudioInput), PriceClass.AudioIn, p => p.AudioInput, (p, price) => p.AudioInput = price),
        new(nameof(PriceOverride.AudioOutput), PriceClass.AudioOut, p => p.AudioOutput, (p, price) => p.AudioOutput = price),
        new(nameof(PriceOverride.ImageInput), PriceClass.ImageIn, p => p.ImageInput, (p, price) => p.ImageInput = price),
        new(nameof(PriceOverride.ImageOutput), PriceClass.ImageOut, p => p.ImageOutput, (p, price) => p.ImageOutput = price),
        new(nameof(PriceOverride.Request), PriceClass.Request, p => p.Request, (p, price) => p.Request = price),
        new(nameof(PriceOverride.WebSearch), PriceClass.WebSearch, p => p.WebSearch, (p, price) => p.WebSearch = price),
    ];

    /// <summary>Its name in a price file.</summary>
    public string FileName { get; } = char.ToLowerInvariant(Name[0]) + Name[1..];
}
