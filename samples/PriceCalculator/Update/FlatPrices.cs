using System.Globalization;
using System.Text.Json.Nodes;

namespace PriceCalculator.Update;

/// <summary>
/// A model's prices in one row, each under its name: <c>in</c>, <c>over 200000 in</c>, <c>batch out</c>,
/// <c>from 2026-09-01 in</c>, and its multipliers as <c>geo us</c> and <c>speed fast</c>.
/// </summary>
internal static class FlatPrices
{
    public static IReadOnlyList<KeyValuePair<string, decimal>> Of(JsonObject model)
    {
        var flat = new List<KeyValuePair<string, decimal>>();
        var sets = new Dictionary<string, int>();
        foreach (var set in model["prices"]!.AsArray().OfType<JsonObject>())
        {
            var when = Validity(set);
            var times = sets[when] = sets.GetValueOrDefault(when) + 1;
            Add(flat, set, times == 1 ? when : string.Create(CultureInfo.InvariantCulture, $"{when}#{times} "));
        }

        foreach (var kind in new[] { "geo", "speed" })
        {
            foreach (var (name, factor) in model[kind] as JsonObject ?? [])
            {
                flat.Add(new($"{kind} {name}", factor!.GetValue<decimal>()));
            }
        }

        return flat;
    }

    /// <summary>The token prices of the standard tier: those that a service tier is a discount on.</summary>
    public static IEnumerable<KeyValuePair<string, decimal>> Standard(JsonObject model)
    {
        return Of(model).Where(p => !p.Key.EndsWith("webSearch", StringComparison.Ordinal)
            && !p.Key.Split(' ').Any(w => w is "batch" or "flex" or "priority" or "geo" or "speed"));
    }

    /// <summary>When a set holds, as the start of its prices' names; empty for always.</summary>
    public static string Validity(JsonObject set)
    {
        var words = new List<string>();
        if (set["from"] is { } from)
        {
            words.Add("from " + from);
        }

        words.AddRange((set["hoursUtc"] as JsonArray ?? []).Select(h => $"{h} UTC"));
        words.AddRange((set["days"] as JsonArray ?? []).Select(d => d!.ToString()));
        return string.Concat(words.Select(w => w + " "));
    }

    private static void Add(List<KeyValuePair<string, decimal>> flat, JsonObject prices, string prefix)
    {
        foreach (var (name, value) in prices)
        {
            if (value is JsonObject service)
            {
                Add(flat, service, $"{prefix}{name} ");
            }
            else if (name == "tiers")
            {
                foreach (var tier in value!.AsArray().OfType<JsonObject>())
                {
                    Add(flat, tier, $"{prefix}over {tier["over"]} ");
                }
            }
            else if (value is JsonValue number && name is not ("over" or "from") && number.TryGetValue<decimal>(out var price))
            {
                flat.Add(new(prefix + name, price));
            }
        }
    }
}
