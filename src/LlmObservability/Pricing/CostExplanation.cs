namespace LlmObservability.Pricing;

/// <summary>
/// What a person needs to check a bill by hand: the entry that matched, the prices that were chosen from it, and each
/// line. Immutable.
/// </summary>
/// <remarks>
/// The token lines' sum × <see cref="GeoMultiplier"/> × <see cref="SpeedMultiplier"/>, and the fees' lines, make
/// <see cref="ExactNanos"/>; rounded half-even it is the cost's total.
/// </remarks>
public sealed record CostExplanation
{
    /// <summary>Why the cost is what it is.</summary>
    public required LlmCostReason Reason { get; init; }

    /// <summary>The cost; null when it is not known.</summary>
    public LlmCost? Cost { get; init; }

    /// <summary>The entry that matched, as <see cref="PricedCost.PriceEntry"/> tells it; null when none did.</summary>
    public string? PriceEntry { get; init; }

    /// <summary>Date of the catalog in which the entry was found.</summary>
    public DateOnly? CatalogDate { get; init; }

    /// <summary>
    /// When the chosen price set holds: <c>always</c>, or <c>from 2026-08-01, 00:30-16:30 UTC, mon tue</c>. Null when no
    /// prices were chosen. When no set is active, the entry's first is chosen.
    /// </summary>
    public string? PriceSet { get; init; }

    /// <summary>
    /// The service tier whose prices were applied: <c>standard</c>, <c>batch</c>, <c>flex</c> or <c>priority</c>. It is
    /// <c>standard</c> too where the call's own tier has no prices. Null when no prices were chosen.
    /// </summary>
    public string? ServiceTier { get; init; }

    /// <summary>The context tier: its prices are for calls with more input tokens than this; null for the base prices.</summary>
    public long? Over { get; init; }

    /// <summary>Where the call was served, as asked; null for anywhere.</summary>
    public string? Geo { get; init; }

    /// <summary>The factor on token prices for <see cref="Geo"/>; 1 when the entry has none for it.</summary>
    public decimal GeoMultiplier { get; init; } = 1;

    /// <summary>The speed that was bought, as asked; null for the standard one.</summary>
    public string? Speed { get; init; }

    /// <summary>The factor on token prices for <see cref="Speed"/>; 1 when the entry has none for it.</summary>
    public decimal SpeedMultiplier { get; init; } = 1;

    /// <summary>The total in nano-dollars before it was rounded; null when the cost is not known, or was not worked out here.</summary>
    public decimal? ExactNanos { get; init; }

    /// <summary>One line for each class with a quantity, tokens before fees; empty when the cost is not known or was not worked out here.</summary>
    public IReadOnlyList<CostLine> Lines { get; init; } = [];

    /// <summary>What a stored call says of its cost; null when a query was explained.</summary>
    public PricedCost? Recorded { get; init; }

    /// <summary>
    /// Whether the cost is the recorded one, or there is no record. It differs when the catalog or overrides have changed
    /// since, or the call made several attempts, each priced on its own.
    /// </summary>
    public bool AgreesWithRecord => Recorded is not { } recorded || recorded.Cost == Cost;
}
