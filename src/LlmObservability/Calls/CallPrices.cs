using LlmObservability.Pricing;
using Microsoft.Extensions.Logging;

namespace LlmObservability.Calls;

/// <summary>What calls cost by the prices in force; a model that has none is told once. Thread-safe.</summary>
internal sealed class CallPrices(PriceBook prices, ILogger logger)
{
    private readonly SeenModels _unpriced = new();
    private readonly SeenModels _searchesUnpriced = new();

    /// <summary>Prices the common call; false for any other, <see cref="Price"/> then does.</summary>
    /// <param name="target">Whose names are priced.</param>
    /// <param name="startedAt">When the call began.</param>
    /// <param name="tokens">What it used, on the standard terms.</param>
    /// <param name="bill">Has the model that answered, and takes the cost.</param>
    public bool TryPriceCommon(CallTarget target, DateTimeOffset startedAt, in LlmTokens tokens, ref Bill bill)
    {
        var pricer = prices.Pricer;
        if (target.PriceOf(bill.ResponseModel, pricer) is not { } model || !CallPricer.TryPriceCommon(tokens, startedAt, model, out var cost))
        {
            return false;
        }

        bill.Price(cost, model.EntryId, pricer.CatalogDate);
        return true;
    }

    /// <param name="target">Whose names are priced; those of the query are not looked at.</param>
    /// <param name="responseModel">The model that answered.</param>
    /// <param name="query">The rest.</param>
    public PricedCost Price(CallTarget target, string? responseModel, in PriceQuery query)
    {
        var pricer = prices.Pricer;
        var model = target.PriceOf(responseModel, pricer);
        if (query.WebSearches > 0 && model is not null && !CallPricer.HasSearchPrice(query, model)
            && _searchesUnpriced.IsNew(target.Client.Provider, model.EntryId))
        {
            logger.SearchWithoutPrice(model.EntryId);
        }

        return pricer.PriceAt(query, model);
    }

    /// <summary>No price is known for a model: told once a name.</summary>
    public void ModelWithoutPrice(CallTarget target, string? responseModel)
    {
        var model = responseModel ?? target.RequestModel;
        if (_unpriced.IsNew(target.Client.Provider, model))
        {
            logger.ModelWithoutPrice(model ?? "", target.Client.Provider ?? "");
        }
    }
}
