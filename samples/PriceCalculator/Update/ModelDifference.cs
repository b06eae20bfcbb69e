using System.Globalization;
using System.Text.Json.Nodes;

namespace PriceCalculator.Update;

/// <summary>How one model differs between two catalogs.</summary>
/// <param name="Kind"><c>moved</c> when prices differ, else <c>matched</c> when names do, else <c>noted</c>.</param>
/// <param name="Text">What differs.</param>
internal sealed record ModelDifference(string Kind, string Text)
{
    private static readonly string[] Notes = ["checked", "deprecated", "sunset", "src"];

    /// <summary>The difference; null when there is none.</summary>
    public static ModelDifference? Between(JsonObject old, JsonObject now)
    {
        var prices = Prices(FlatPrices.Of(old), FlatPrices.Of(now));
        if (prices.Count == 0 && !Validities(old).SequenceEqual(Validities(now)))
        {
            prices.Add("price sets in another order");
        }

        var names = Names(old, now);
        var notes = Notes.Where(n => Shown(old[n]) != Shown(now[n])).Select(n => $"{n} {Shown(old[n])} -> {Shown(now[n])}").ToArray();
        string[] all = [.. prices, .. names, .. notes];
        return all.Length == 0
            ? null
            : new ModelDifference(prices.Count > 0 ? "moved" : names.Count > 0 ? "matched" : "noted", string.Join(", ", all));
    }

    /// <summary>A price as it stands in a report.</summary>
    public static string Shown(decimal price) => price.ToString("0.############################", CultureInfo.InvariantCulture);

    private static string Shown(JsonNode? note) => note?.ToString() ?? "none";

    private static IEnumerable<string> Validities(JsonObject model) => model["prices"]!.AsArray().OfType<JsonObject>().Select(FlatPrices.Validity);

    private static List<string> Prices(IReadOnlyList<KeyValuePair<string, decimal>> old, IReadOnlyList<KeyValuePair<string, decimal>> now)
    {
        var before = new Dictionary<string, decimal>(old.DistinctBy(p => p.Key));
        var after = new Dictionary<string, decimal>(now.DistinctBy(p => p.Key));
        var texts = new List<string>();
        foreach (var name in now.Concat(old).Select(p => p.Key).Distinct())
        {
            var (had, has) = (before.TryGetValue(name, out var from), after.TryGetValue(name, out var to));
            if (had != has || from != to)
            {
                texts.Add($"{name} {(had ? Shown(from) : "none")} -> {(has ? Shown(to) : "none")}{(had && has ? Percent(from, to) : "")}");
            }
        }

        return texts;
    }

    private static string Percent(decimal from, decimal to)
    {
        try
        {
            var percent = from == 0 ? 0 : (to - from) / from * 100;
            return percent == 0
                ? ""
                : Math.Abs(percent) < 0.005m
                    ? percent < 0 ? " (>-0.01%)" : " (<+0.01%)"
                    : $" ({percent.ToString("+0.##;-0.##", CultureInfo.InvariantCulture)}%)";
        }
        catch (OverflowException)
        {
            return "";
        }
    }

    private static List<string> Names(JsonObject old, JsonObject now)
    {
        var (before, after) = (NamesOf(old), NamesOf(now));
        return
        [
            .. after.Except(before).Select(n => $"match +{n}"),
            .. before.Except(after).Select(n => $"match -{n}"),
        ];
    }

    private static string[] NamesOf(JsonObject model)
    {
        return model["match"] is JsonArray match ? [.. match.Select(m => m!.ToString())] : [model["id"]!.ToString().ToLowerInvariant()];
    }
}
