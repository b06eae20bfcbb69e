namespace LlmObservability.Pricing;

/// <summary>
/// Prices calls from a <see cref="PriceCatalog"/>: exact arithmetic, rounded once per call to whole nano-dollars,
/// half-even. Thread-safe; never throws.
/// </summary>
public sealed class CallPricer
{
    // Sums of every class stay in 64 bits below this; no call has a quintillion tokens.
    private const long MaxCount = long.MaxValue >> 4;

    private readonly PriceCatalog _catalog;

    /// <summary>A pricer for this catalog.</summary>
    public CallPricer(PriceCatalog catalog)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        _catalog = catalog;
    }

    /// <summary>The cost of a call, or the reason why it is not known.</summary>
    /// <remarks>
    /// Token classes without a price of their own are billed as their parent. Tokens that have no price at all (output
    /// of an embedding model) make the cost unknown, never 0. The parts are rounded half-even each, and the largest
    /// takes the difference to the total.
    /// </remarks>
    public PricedCost Price(in PriceQuery query)
    {
        return PriceAt(query, Find(new PriceKey(query.Provider, query.ServerAddress, query.ResponseModel, query.RequestModel)));
    }

    internal PriceModel? Find(in PriceKey key) => _catalog.Resolver.Find(key);

    /// <summary>The cost at prices found before by <see cref="Find"/>; the query's names are not looked at.</summary>
    internal PricedCost PriceAt(in PriceQuery query, PriceModel? model)
    {
        var tokens = query.Tokens;
        if (tokens.Source == LlmUsageSource.Missing)
        {
            return new PricedCost(null, LlmCostReason.MissingUsage, null, null);
        }

        if (model is null)
        {
            return new PricedCost(null, LlmCostReason.UnknownModel, null, null);
        }

        var detail = tokens.Detail;
        var union = tokens.UncachedInput | tokens.CacheRead | tokens.CacheWrite5m | tokens.CacheWrite1h
            | tokens.VisibleOutput | tokens.Reasoning | (detail is null ? 0 : UnionOf(detail));
        if (union is < 0 or > MaxCount || query.WebSearches < 0)
        {
            return Unknown(union > MaxCount ? LlmCostReason.OutOfRange : LlmCostReason.InvalidUsage, model);
        }

        var card = model.Select(query.At).Select(query.ServiceTier).Select(tokens.Input);
        var multiplier = 1m;
        if (model.Geo.Length + model.Speed.Length > 0)
        {
            multiplier = PriceModel.Multiplier(model.Geo, query.Geo) * PriceModel.Multiplier(model.Speed, query.Speed);
        }

        return detail is null && query.WebSearches == 0 && multiplier == 1m
            && tokens.Input + tokens.Output <= card.FastTokenLimit
                ? PriceWhole(tokens, card.Scaled, model)
                : PriceDecimal(tokens, card, multiplier, query.WebSearches, model);
    }

    private static long UnionOf(LlmTokenDetail detail)
    {
        return detail.AudioInput | detail.ImageInput | detail.VideoInput | detail.AudioCacheRead | detail.ImageCacheRead
            | detail.AudioOutput | detail.ImageOutput | detail.VideoOutput | detail.Citation;
    }

    private PricedCost Unknown(LlmCostReason reason, PriceModel model) => new(null, reason, model.EntryId, _catalog.Date);

    private PricedCost Known(LlmCost cost, PriceModel model) => new(cost, LlmCostReason.Priced, model.EntryId, _catalog.Date);

    // The common call: whole numbers of millionths of a nano-dollar, which the card's limit keeps within 64 bits.
    private PricedCost PriceWhole(in LlmTokens tokens, ReadOnlySpan<long> rates, PriceModel model)
    {
        var input = (tokens.UncachedInput * rates[(int)PriceClass.In])
            + (tokens.CacheWrite5m * rates[(int)PriceClass.CacheWrite])
            + (tokens.CacheWrite1h * rates[(int)PriceClass.CacheWrite1h]);
        var cached = tokens.CacheRead * rates[(int)PriceClass.CacheRead];
        var output = (tokens.VisibleOutput * rates[(int)PriceClass.Out])
            + (tokens.Reasoning * rates[(int)PriceClass.Reasoning]);
        var cost = CostParts.Settle(
            CostParts.RoundMillionths(input + cached + output),
            CostParts.RoundMillionths(input),
            CostParts.RoundMillionths(cached),
            CostParts.RoundMillionths(output),
            0);
        return Known(cost, model);
    }

    // Everything else: fees, multipliers, rare classes, prices of many digits.
    private PricedCost PriceDecimal(in LlmTokens tokens, RateCard card, decimal multiplier, int webSearches, PriceModel model)
    {
        var bill = new DecimalBill(card);
        bill.Add(tokens);
        if (bill.Problem is { } problem)
        {
            return Unknown(problem, model);
        }

        try
        {
            var input = bill.Input * multiplier;
            var cached = bill.Cached * multiplier;
            var output = bill.Output * multiplier;
            var fees = card.RequestNanos + (card.WebSearchNanos * webSearches);
            var total = Round(input + cached + output + fees);
            return total > long.MaxValue
                ? Unknown(LlmCostReason.OutOfRange, model)
                : Known(
                    CostParts.Settle((long)total, (long)Round(input), (long)Round(cached), (long)Round(output), (long)Round(fees)),
                    model);
        }
        catch (OverflowException)
        {
            return Unknown(LlmCostReason.OutOfRange, model);
        }
    }

    private static decimal Round(decimal nanos) => decimal.Round(nanos, 0, MidpointRounding.ToEven);
}
