namespace LlmObservability.Pricing;

/// <summary>The rates of one service tier: a base, and the context tiers above it in ascending order.</summary>
internal sealed class PriceVariant
{
    private readonly RateCard _base;
    private readonly (long Over, RateCard Card)[] _tiers;

    internal PriceVariant(RateTable table, IEnumerable<(long Over, RateTable Table)> tiers)
    {
        _base = new RateCard(table);
        _tiers = [.. tiers.OrderBy(t => t.Over).Select(t => (t.Over, new RateCard(table.Overlay(t.Table), t.Over)))];
    }

    /// <summary>The card for all tokens of a call with this much input: the highest tier that it is strictly over.</summary>
    internal RateCard Select(long totalInput)
    {
        for (var i = _tiers.Length - 1; i >= 0; i--)
        {
            if (totalInput > _tiers[i].Over)
            {
                return _tiers[i].Card;
            }
        }

        return _base;
    }
}
