namespace LlmObservability.Pricing;

/// <summary>
/// Prices calls that were recorded, as the recorder did, by another catalog. What the catalog did not decide stays: a cost that
/// the provider reported, an answer from a cache, tokens that are not known. Thread-safe.
/// </summary>
internal sealed class CallRepricer(CallPricer pricer)
{
    public RepricedCost Price(LlmCall call, IReadOnlyList<LlmAttempt> attempts)
    {
        if (attempts.Count == 0)
        {
            // Of a call that went through several, its own names need not be those that were billed.
            return call.AttemptCount > 1 && IsByCatalog(call.CostReason, call.PriceEntry)
                ? new RepricedCost(default, RepricedCost.AttemptsMissing)
                : Price(call);
        }

        // As the recorder has it: refused attempts are not billed, and without any usage the call's own counts.
        List<LlmAttempt> billed = [.. attempts
            .Where(attempt => attempt.Outcome != LlmOutcome.Failed || IsKnown(attempt) || attempt.TimeToFirstToken is not null)
            .OrderBy(attempt => attempt.Ordinal)];
        if (!billed.Exists(IsKnown))
        {
            return Price(call);
        }

        if (!AddUp(call, billed))
        {
            return new RepricedCost(default, RepricedCost.AttemptsDiffer);
        }

        return billed.Count > 1 && HasTerms(call) && billed.Exists(attempt => IsByCatalog(attempt.CostReason, attempt.PriceEntry))
            ? new RepricedCost(default, RepricedCost.TermsUnknown)
            : Sum(call, billed);
    }

    /// <summary>The one that served is the last that completed; when none did, the last.</summary>
    private static LlmAttempt Served(List<LlmAttempt> billed) =>
        billed.FindLast(attempt => attempt.Outcome == LlmOutcome.Completed) ?? billed[^1];

    private static bool IsKnown(LlmAttempt attempt) => attempt.Tokens.Source != LlmUsageSource.Missing || attempt.Cost is not null;

    private static bool HasTerms(LlmCall call) =>
        call.ServiceTier is not null || call.Geo is not null || call.Speed is not null || call.WebSearchCount != 0;

    /// <summary>Whether a catalog decided the cost, or that there is none. An entry with invalid usage had no way to bill it.</summary>
    private static bool IsByCatalog(LlmCostReason reason, string? entry) =>
        reason is LlmCostReason.Priced or LlmCostReason.UnknownModel or LlmCostReason.OutOfRange
        || (reason == LlmCostReason.InvalidUsage && entry is not null);

    private static bool AddUp(LlmCall call, List<LlmAttempt> billed)
    {
        var (tokens, cost) = (billed[0].Tokens, billed[0].Cost);
        foreach (var attempt in billed.Skip(1))
        {
            tokens = LlmTokensSum.Add(tokens, attempt.Tokens);
            cost = cost is { } sum && attempt.Cost is { } own ? LlmTokensSum.Add(sum, own) : null;
        }

        return tokens == call.Tokens && cost == call.Cost;
    }

    private RepricedCost Price(LlmCall call)
    {
        return IsByCatalog(call.CostReason, call.PriceEntry)
            ? new RepricedCost(pricer.Price(new PriceQuery
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
            }), null)
            : new RepricedCost(default, call.CostReason.ToName());
    }

    private RepricedCost Sum(LlmCall call, List<LlmAttempt> billed)
    {
        if (!billed.Exists(attempt => IsByCatalog(attempt.CostReason, attempt.PriceEntry)))
        {
            return new RepricedCost(default, call.CostReason.ToName());
        }

        // While one of them cannot be known, neither can the sum.
        if (billed.Find(attempt => attempt.Cost is null && !IsByCatalog(attempt.CostReason, attempt.PriceEntry)) is { } never)
        {
            return new RepricedCost(default, never.CostReason.ToName());
        }

        var priced = billed.ConvertAll(attempt => Price(call, attempt));
        var served = priced[billed.IndexOf(Served(billed))];
        var unknown = priced.FindIndex(one => one.Cost is null);
        return new RepricedCost(
            unknown < 0
                ? served with { Cost = priced.Select(one => one.Cost!.Value).Aggregate((sum, own) => LlmTokensSum.Add(sum, own)) }
                : served with { Cost = null, Reason = priced[unknown].Reason },
            null);
    }

    /// <summary>An attempt is billed by its own names, at its own time, on the call's terms: there are none where several were billed.</summary>
    private PricedCost Price(LlmCall call, LlmAttempt attempt)
    {
        return !IsByCatalog(attempt.CostReason, attempt.PriceEntry)
            ? new PricedCost(attempt.Cost, attempt.CostReason, attempt.PriceEntry, attempt.CatalogDate)
            : pricer.Price(new PriceQuery
            {
                Provider = attempt.Provider,
                ServerAddress = attempt.ServerAddress,
                ResponseModel = attempt.ResponseModel,
                RequestModel = attempt.RequestModel,
                At = attempt.StartedAt,
                Tokens = attempt.Tokens,
                ServiceTier = call.ServiceTier,
                Geo = call.Geo,
                Speed = call.Speed,
                WebSearches = call.WebSearchCount,
            });
    }
}
