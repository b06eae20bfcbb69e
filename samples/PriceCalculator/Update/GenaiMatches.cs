using System.Text.Json.Nodes;
using LlmObservability;
using LlmObservability.Pricing;
using PriceCalculator.Update.Catalog;

namespace PriceCalculator.Update;

/// <summary>Which genai-prices entry of a catalog prices a model, asked of the library itself.</summary>
internal sealed class GenaiMatches
{
    private readonly CallPricer _pricer;

    /// <param name="catalog">The catalog; its entries of other sources are not looked at.</param>
    /// <param name="withFallback">Whether a provider also has the models of those that it falls back to.</param>
    /// <exception cref="CalculatorException">The library cannot read the catalog.</exception>
    public GenaiMatches(CatalogDocument catalog, bool withFallback)
    {
        var only = catalog.Clone();
        foreach (var provider in only.Providers)
        {
            provider["names"] = new JsonArray(CatalogDocument.IdOf(provider));
            foreach (var key in withFallback ? new[] { "hosts", "infer" } : ["hosts", "infer", "fallback"])
            {
                provider.Remove(key);
            }

            provider["models"]!.AsArray().RemoveAll(m => m!["src"] is not null);
        }

        var bytes = only.ToBytes();
        CatalogFile.Check(bytes, "catalog.json");
        _pricer = new CallPricer(PriceCatalog.Parse(bytes, "catalog.json"));
    }

    /// <summary>The entry as <c>provider/model</c>; null when there is none.</summary>
    public string? Entry(string provider, string model)
    {
        // Any call will do: the entry that matches is told with its price.
        var tokens = new LlmTokens { Source = LlmUsageSource.Reported };
        return _pricer.Price(new PriceQuery { Provider = provider, ResponseModel = model, Tokens = tokens }).PriceEntry;
    }
}
