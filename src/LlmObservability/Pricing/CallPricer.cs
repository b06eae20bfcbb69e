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

    /// <summary>The cost of a call as <see cref="Price"/> gives it, with each line that it adds up from.</summary>
    /// <remarks>The same arithmetic as pricing, written down on the way; it allocates, so it is for reading a bill.</remarks>
    public CostExplanation Explain(in PriceQuery query)
    {
        var model = Find(new PriceKey(query.Provider, query.ServerAddress, query.ResponseModel, query.RequestModel));
        return Explain(query, model, null);
    }

    /// <summary>
    /// The cost of a stored call, worked out again from the record's own columns with this pricer's catalog, beside
    /// what was recorded (<see cref="CostExplanation.Recorded"/>).
    /// </summary>
    /// <remarks>
    /// A cost that does not come from a catalog (reported by the provider, answered from a cache), and
    /// one that is not known because of the usage, is given back as recorded, without lines.
    /// </remarks>
    /// <exception cref="ArgumentNullException"><paramref name="call"/> is null.</exception>
    public CostExplanation Explain(LlmCall call)
    {
        ArgumentNullException.ThrowIfNull(call);
        var recorded = new PricedCost(call.Cost, call.CostReason, call.PriceEntry, call.CatalogDate);
        if (call.CostReason is not (LlmCostReason.Priced or LlmCostReason.UnknownModel or LlmCostReason.OutOfRange))
        {
            return BillRecord.WithoutLines(recorded, recorded);
        }

        var model = Find(new PriceKey(call.Provider, call.ServerAddress, call.ResponseModel, call.RequestModel));
        var query = new PriceQuery
        {
            Provider = call.Provider,
            ServerAddress = call.ServerAddress,
            ResponseModel = call.ResponseModel,
            RequestModel = call.RequestModel,
            At = call.StartedAt,
            Tokens = call.Tokens,
            ServiceTier = call.ServiceTier,
            Geo = call.Geo,
            Speed = call.Speed,
            WebSearches = call.WebSearchCount,
        };
        return Explain(query, model, recorded);
    }

    /// <summary>The cost of a stored call with its attempts: each attempt on its own, since prices hold for a request.</summary>
    /// <param name="call">The call.</param>
    /// <param name="attempts">Its attempts; empty for a call without any.</param>
    /// <returns>
    /// An explanation for each attempt, in order; for a call without attempts its own. An attempt does not tell the terms on
    /// which it was served: the one that answered has the call's, the others the standard ones.
    /// </returns>
    /// <exception cref="ArgumentNullException">An argument is null.</exception>
    public IReadOnlyList<CostExplanation> Explain(LlmCall call, IReadOnlyList<LlmAttempt> attempts)
    {
        ArgumentNullException.ThrowIfNull(call);
        ArgumentNullException.ThrowIfNull(attempts);
        if (attempts.Count == 0)
        {
            return [Explain(call)];
        }

        var answered = attempts.LastOrDefault(attempt => attempt.Outcome == LlmOutcome.Completed);
        return
        [
            .. attempts.Select(attempt => Explain(call with
            {
                StartedAt = attempt.StartedAt,
                Provider = attempt.Provider,
                ServerAddress = attempt.ServerAddress,
                RequestModel = attempt.RequestModel,
                ResponseModel = attempt.ResponseModel,
                Tokens = attempt.Tokens,
                Cost = attempt.Cost,
                CostReason = attempt.CostReason,
                PriceEntry = attempt.PriceEntry,
                CatalogDate = attempt.CatalogDate,
                ServiceTier = attempt == answered ? call.ServiceTier : null,
                Geo = attempt == answered ? call.Geo : null,
                Speed = attempt == answered ? call.Speed : null,
                WebSearchCount = attempt == answered ? call.WebSearchCount : 0,
            })),
        ];
    }

    internal PriceCatalog Catalog => _catalog;

    internal DateOnly CatalogDate => _catalog.Date;

    internal PriceModel? Find(in PriceKey key) => _catalog.Resolver.Find(key);

    /// <summary>The cost at prices found before by <see cref="Find"/>; the query's names are not looked at.</summary>
    /// <param name="query">The call.</param>
    /// <param name="model">The prices; null when there are none.</param>
    /// <param name="record">Told what was chosen and each line of the bill; null when nobody asks.</param>
    internal PricedCost PriceAt(in PriceQuery query, PriceModel? model, BillRecord? record = null)
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

        var set = model.Select(query.At);
        var variant = set.Select(query.ServiceTier);
        var card = variant.Select(tokens.Input);
        var (geo, speed, multiplier) = (1m, 1m, 1m);
        if (model.Geo.Length + model.Speed.Length > 0)
        {
            geo = PriceModel.Multiplier(model.Geo, query.Geo);
            speed = PriceModel.Multiplier(model.Speed, query.Speed);
            multiplier = geo * speed;
        }

        record?.Choose(set, variant, card, geo, speed);
        if (record is not null || detail is not null || query.WebSearches != 0 || multiplier != 1m
            || tokens.Input + tokens.Output > card.FastTokenLimit)
        {
            return PriceDecimal(query, card, multiplier, model, record);
        }

        PriceWhole(tokens, card.Scaled, out var cost);
        return Known(cost, model);
    }

    /// <summary>
    /// The common call, on the standard terms and with neither fees nor rare classes, priced without a query, which is much to
    /// fill. False for any other: <see cref="PriceAt"/> prices all.
    /// </summary>
    internal static bool TryPriceCommon(in LlmTokens tokens, DateTimeOffset at, PriceModel model, out LlmCost cost)
    {
        var union = tokens.UncachedInput | tokens.CacheRead | tokens.CacheWrite5m | tokens.CacheWrite1h | tokens.VisibleOutput | tokens.Reasoning;
        if (tokens.Source != LlmUsageSource.Missing && tokens.Detail is null && union is >= 0 and <= MaxCount
            && model.Geo.Length + model.Speed.Length == 0)
        {
            var card = model.Select(at).Standard.Select(tokens.Input);
            if (tokens.Input + tokens.Output <= card.FastTokenLimit)
            {
                PriceWhole(tokens, card.Scaled, out cost);
                return true;
            }
        }

        cost = default;
        return false;
    }

    /// <summary>Whether the prices that hold for a call have one for web searches; false when none hold.</summary>
    internal bool HasSearchPrice(in PriceQuery query)
    {
        var model = Find(new PriceKey(query.Provider, query.ServerAddress, query.ResponseModel, query.RequestModel));
        return model is not null && HasSearchPrice(query, model);
    }

    /// <summary>Whether these prices, at that time and in that tier, have one for web searches.</summary>
    internal static bool HasSearchPrice(in PriceQuery query, PriceModel model) =>
        model.Select(query.At).Select(query.ServiceTier).Select(query.Tokens.Input).Has(PriceClass.WebSearch);

    private static long UnionOf(LlmTokenDetail detail)
    {
        return detail.AudioInput | detail.ImageInput | detail.VideoInput | detail.AudioCacheRead | detail.ImageCacheRead
            | detail.AudioOutput | detail.ImageOutput | detail.VideoOutput | detail.Citation;
    }

    private PricedCost Unknown(LlmCostReason reason, PriceModel model) => new(null, reason, model.EntryId, _catalog.Date);

    private PricedCost Known(LlmCost cost, PriceModel model) => new(cost, LlmCostReason.Priced, model.EntryId, _catalog.Date);

    // The common call: whole numbers of millionths of a nano-dollar, which the card's limit keeps within 64 bits.
    private static void PriceWhole(in LlmTokens tokens, ReadOnlySpan<long> rates, out LlmCost cost)
    {
        var input = (tokens.UncachedInput * rates[(int)PriceClass.In])
            + (tokens.CacheWrite5m * rates[(int)PriceClass.CacheWrite])
            + (tokens.CacheWrite1h * rates[(int)PriceClass.CacheWrite1h]);
        var cached = tokens.CacheRead * rates[(int)PriceClass.CacheRead];
        var output = (tokens.VisibleOutput * rates[(int)PriceClass.Out])
            + (tokens.Reasoning * rates[(int)PriceClass.Reasoning]);
        cost = CostParts.Settle(
            CostParts.RoundMillionths(input + cached + output),
            CostParts.RoundMillionths(input),
            CostParts.RoundMillionths(cached),
            CostParts.RoundMillionths(output),
            0);
    }

    // Everything else: fees, multipliers, rare classes, prices of many digits.
    private PricedCost PriceDecimal(in PriceQuery query, RateCard card, decimal multiplier, PriceModel model, BillRecord? record)
    {
        var bill = new DecimalBill(card, record);
        bill.Add(query.Tokens);
        if (bill.Problem is { } problem)
        {
            return Unknown(problem, model);
        }

        try
        {
            var input = bill.Input * multiplier;
            var cached = bill.Cached * multiplier;
            var output = bill.Output * multiplier;
            bill.AddFees(query.WebSearches);
            var fees = bill.Fees;
            var exact = input + cached + output + fees;
            record?.Total(exact);
            var total = Round(exact);
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

    private CostExplanation Explain(in PriceQuery query, PriceModel? model, PricedCost? recorded)
    {
        var record = new BillRecord();
        var priced = PriceAt(query, model, record);
        return record.ToExplanation(query, priced, recorded);
    }

    private static decimal Round(decimal nanos) => decimal.Round(nanos, 0, MidpointRounding.ToEven);
}
