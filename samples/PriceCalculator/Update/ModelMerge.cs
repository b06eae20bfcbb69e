using System.Globalization;
using System.Text.Json.Nodes;

namespace PriceCalculator.Update;

/// <summary>A model of the catalog with what a source says of it now.</summary>
internal static class ModelMerge
{
    private static readonly string[] Services = ["batch", "flex", "priority"];

    /// <summary>
    /// The catalog's model: what the source says, and of the old one what the source does not carry. The old one itself
    /// when nothing differs, so that its line stays as it is.
    /// </summary>
    public static JsonObject Combine(JsonObject? old, UpstreamModel now, PriceSource source)
    {
        var model = new JsonObject { ["id"] = now.Id };
        var match = now.Match is { } names ? new JsonArray([.. names.Select(n => (JsonNode)n)]) : source.Mark is null ? null : Copy(old?["match"]);
        Put(model, "match", match);
        Put(model, "src", source.Mark);
        Put(model, "checked", now.Checked ?? Copy(old?["checked"]));
        Put(model, "deprecated", now.Deprecated ? JsonValue.Create(true) : null);
        Put(model, "geo", now.Geo?.DeepClone() ?? Copy(old?["geo"]));
        Put(model, "speed", now.Speed?.DeepClone() ?? Copy(old?["speed"]));
        Put(model, "sunset", now.Sunset);
        foreach (var (key, value) in old?.Where(m => m.Key is not ("src" or "match" or "deprecated" or "sunset" or "prices") && !model.ContainsKey(m.Key)) ?? [])
        {
            Put(model, key, Copy(value));
        }

        model["prices"] = now.Prices.DeepClone();
        if (old is null)
        {
            return model;
        }

        if (source.Mark is null)
        {
            KeepServices(old, model);
        }

        return ModelDifference.Between(old, model) is null ? old.DeepClone().AsObject() : model;
    }

    /// <summary>
    /// Lays LiteLLM's service tiers over the price set of a genai-prices model that is in force: genai-prices has none.
    /// Only where both give the same standard prices, since a discount belongs to the price that it was taken from.
    /// </summary>
    /// <returns>The model; the very same when nothing differs.</returns>
    public static JsonObject TakeServices(JsonObject model, UpstreamModel other, DateOnly date)
    {
        var changed = model.DeepClone().AsObject();
        var today = date.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
        var own = changed["prices"]!.AsArray().OfType<JsonObject>().LastOrDefault(
            s => s["hoursUtc"] is null && s["days"] is null && string.CompareOrdinal(s["from"]?.ToString(), today) <= 0);
        var from = other.Prices[0]!.AsObject();
        if (own is null || !Same(own["in"], from["in"]) || !Same(own["out"], from["out"]))
        {
            return model;
        }

        foreach (var service in Services)
        {
            var value = Copy(from[service]) ?? Copy(own[service]);
            own.Remove(service);
            Put(own, service, value);
        }

        return ModelDifference.Between(model, changed) is null ? model : changed;
    }

    /// <summary>The service tiers that a model has, in any of its price sets.</summary>
    public static IEnumerable<string> ServicesOf(JsonObject model)
    {
        return Services.Where(s => model["prices"]!.AsArray().Any(set => set![s] is not null));
    }

    private static void KeepServices(JsonObject old, JsonObject model)
    {
        foreach (var set in model["prices"]!.AsArray().OfType<JsonObject>())
        {
            var before = old["prices"]!.AsArray().OfType<JsonObject>().FirstOrDefault(s => FlatPrices.Validity(s) == FlatPrices.Validity(set));
            foreach (var service in Services)
            {
                Put(set, service, Copy(before?[service]));
            }
        }
    }

    private static bool Same(JsonNode? a, JsonNode? b) => a?.GetValue<decimal>() == b?.GetValue<decimal>();

    private static JsonNode? Copy(JsonNode? node) => node?.DeepClone();

    private static void Put(JsonObject target, string key, JsonNode? value)
    {
        if (value is not null)
        {
            target[key] = value;
        }
    }
}
