using System.Runtime.CompilerServices;
using LlmObservability.Pricing;

namespace LlmObservability.Calls;

/// <summary>
/// What an exchange used and cost, packed as its record keeps it. Filled in place and handed on by reference: a call makes
/// one, and copies of large structures are a good part of what a call would cost.
/// </summary>
internal struct Bill
{
    private PackedResult _result;

    /// <summary>Tokens, cost, and why it is what it is; without the outcome.</summary>
    public readonly PackedResult Result => _result;

    /// <summary>Of these what is too large to be packed; null for nothing.</summary>
    public LargeUsage? Large { get; private set; }

    public string? PriceEntry { get; private set; }

    public DateOnly? CatalogDate { get; private set; }

    /// <summary>The model that answered, storable.</summary>
    public string? ResponseModel { get; set; }

    /// <summary>Where it was served.</summary>
    public string? Geo { get; set; }

    public void Use(in LlmTokens tokens) => Large = _result.Set(tokens, Large);

    public void Price(in PricedCost priced)
    {
        Large = _result.Set(priced.Cost, Large);
        _result.CostReason = priced.Reason;
        PriceEntry = priced.PriceEntry;
        CatalogDate = priced.CatalogDate;
    }

    /// <summary>The cost by a price of the catalog.</summary>
    public void Price(in LlmCost cost, string entry, DateOnly? catalogDate)
    {
        Large = _result.Set(cost, Large);
        _result.CostReason = LlmCostReason.Priced;
        PriceEntry = entry;
        CatalogDate = catalogDate;
    }

    /// <summary>The cost is not known.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public void Unpriced(LlmCostReason reason) => Price(new PricedCost(null, reason, null, null));

    /// <summary>It is an attempt's, and nobody else's.</summary>
    public void Take(LlmAttempt attempt)
    {
        _result = attempt.Result;
        Large = attempt.Rare?.Usage;
        PriceEntry = attempt.PriceEntry;
        CatalogDate = attempt.CatalogDate;
    }
}
