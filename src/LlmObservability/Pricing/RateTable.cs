namespace LlmObservability.Pricing;

/// <summary>Published prices by class, as they stand in a catalog; null where the class has no price of its own.</summary>
internal sealed class RateTable
{
    internal const int Classes = (int)PriceClass.Rerank + 1;

    // A price above one dollar per token, or a fee above a thousand dollars each, is a slip of the unit.
    internal const decimal MaxPrice = 1_000_000m;

    private readonly decimal?[] _prices = new decimal?[Classes];

    internal decimal? this[PriceClass priceClass]
    {
        get => _prices[(int)priceClass];
        set => _prices[(int)priceClass] = value;
    }

    /// <summary>A new table with the prices of <paramref name="over"/> where it has any, else this one's.</summary>
    internal RateTable Overlay(RateTable over)
    {
        var result = new RateTable();
        for (var i = 0; i < Classes; i++)
        {
            result._prices[i] = over._prices[i] ?? _prices[i];
        }

        return result;
    }
}
