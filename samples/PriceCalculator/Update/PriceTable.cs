using System.Text.Json.Nodes;

namespace PriceCalculator.Update;

/// <summary>The prices of one set while they are gathered, and the set in the catalog's order of keys.</summary>
internal sealed class PriceTable
{
    /// <summary>The price classes in the order in which the catalog writes them.</summary>
    private static readonly string[] Classes =
    [
        "in", "out", "cacheRead", "cacheWrite", "cacheWrite1h", "reasoning", "citation", "audioIn", "audioOut", "audioCacheRead",
        "imageIn", "imageOut", "imageCacheRead", "videoIn", "videoOut", "request", "webSearch", "rerank",
    ];

    private static readonly string[] Services = ["batch", "flex", "priority"];

    private readonly Dictionary<(string? Service, long? Over, string Class), decimal> _prices = [];

    /// <summary>Nothing to bill a call by: web searches only come on top of one.</summary>
    public bool IsEmpty => _prices.Keys.All(k => k.Class == "webSearch");

    public bool Has(string priceClass) => _prices.ContainsKey((null, null, priceClass));

    /// <summary>Sets a price.</summary>
    /// <exception cref="EntryException">The same price was set before, to another amount.</exception>
    public void Set(string? service, long? over, string priceClass, decimal price, string field)
    {
        if (!_prices.TryAdd((service, over, priceClass), price) && _prices[(service, over, priceClass)] != price)
        {
            throw EntryException.Bad($"{field} contradicts another field of the same price");
        }
    }

    /// <summary>Where each class has tiers of its own, a class without one at some bound keeps the price of its tier below.</summary>
    public void CarryTiersOn()
    {
        var tiers = _prices.Where(p => p.Key.Over is not null).OrderBy(p => p.Key.Over).ToArray();
        foreach (var over in tiers.Select(t => t.Key.Over).Distinct())
        {
            foreach (var (key, price) in tiers.Where(t => t.Key.Over < over).Reverse())
            {
                _prices.TryAdd((key.Service, over, key.Class), price);
            }
        }
    }

    /// <summary>The set, after the keys that say when it holds.</summary>
    public JsonObject ToJson(JsonObject validity)
    {
        Fill(validity, null);
        foreach (var service in Services)
        {
            if (_prices.Keys.Any(k => k.Service == service))
            {
                var tier = new JsonObject();
                Fill(tier, service);
                validity[service] = tier;
            }
        }

        return validity;
    }

    private void Fill(JsonObject target, string? service)
    {
        FillClasses(target, service, null);
        var bounds = _prices.Keys.Where(k => k.Service == service && k.Over is not null).Select(k => k.Over!.Value).Distinct().Order().ToArray();
        if (bounds.Length == 0)
        {
            return;
        }

        var tiers = new JsonArray();
        foreach (var over in bounds)
        {
            var tier = new JsonObject { ["over"] = over };
            FillClasses(tier, service, over);
            tiers.Add((JsonNode)tier);
        }

        target["tiers"] = tiers;
    }

    private void FillClasses(JsonObject target, string? service, long? over)
    {
        foreach (var priceClass in Classes)
        {
            if (_prices.TryGetValue((service, over, priceClass), out var price))
            {
                target[priceClass] = price;
            }
        }
    }
}
