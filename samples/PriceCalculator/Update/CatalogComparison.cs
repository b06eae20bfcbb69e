using System.Text.Json.Nodes;
using PriceCalculator.Update.Catalog;

namespace PriceCalculator.Update;

/// <summary>One line of the report.</summary>
internal sealed record ChangeLine(string Provider, string Model, string Kind, string Text);

/// <summary>What differs between two catalogs, model by model.</summary>
internal sealed record CatalogComparison(IReadOnlyList<ChangeLine> Lines, int Unchanged)
{
    /// <summary>Whether the catalogs differ at all.</summary>
    public bool IsAny => Lines.Any(l => l.Kind is not "kept");

    public static CatalogComparison Of(CatalogDocument old, CatalogMerge merge, Upstream upstream)
    {
        var lines = new List<ChangeLine>();
        var before = Models(old);
        var after = Models(merge.Result);
        var skipped = upstream.Skipped.Select(s => (s.Provider, s.Id.ToLowerInvariant())).ToHashSet();
        var gone = before.Keys.ToHashSet();
        var unchanged = 0;
        foreach (var (key, model) in after)
        {
            var same = before.ContainsKey(key) ? key : Other(key, before, after);
            if (same is null)
            {
                lines.Add(key.Line(model, "added", string.Join(", ", FlatPrices.Of(model).Select(p => $"{p.Key} {ModelDifference.Shown(p.Value)}"))));
                continue;
            }

            gone.Remove(same);
            var changes = Changes(key, before[same], model, upstream.Source).ToArray();
            lines.AddRange(changes);
            unchanged += changes.Length == 0 && key.Mark == upstream.Source.Mark && !skipped.Overlaps([(key.Provider, key.Id), ("", key.Id)]) ? 1 : 0;
        }

        foreach (var key in gone)
        {
            var entry = key.Mark is null ? null : merge.GaveWay.GetValueOrDefault($"{key.Provider}/{key.Id}");
            lines.Add(key.Line(before[key], "removed", entry is null ? "" : $"{entry} matches it"));
        }

        return new CatalogComparison(lines, unchanged);
    }

    private static IEnumerable<ChangeLine> Changes(ModelKey key, JsonObject was, JsonObject now, PriceSource source)
    {
        if (ModelDifference.Between(was, now) is not { } difference)
        {
            yield break;
        }

        yield return key.Line(now, difference.Kind, difference.Text);
        var services = string.Join(", ", ModelMerge.ServicesOf(now));
        if (source.Mark is null && services.Length > 0 && !FlatPrices.Standard(was).SequenceEqual(FlatPrices.Standard(now)))
        {
            yield return key.Line(now, "kept", $"{services} as in the catalog; {source.Name} has no service tiers");
        }
    }

    // A model may pass from one source to the other: then it is not added here and removed there.
    private static ModelKey? Other(ModelKey key, Dictionary<ModelKey, JsonObject> before, Dictionary<ModelKey, JsonObject> after)
    {
        return before.Keys.FirstOrDefault(k => k.Provider == key.Provider && k.Id == key.Id && !after.ContainsKey(k));
    }

    private static Dictionary<ModelKey, JsonObject> Models(CatalogDocument catalog)
    {
        var models = new Dictionary<ModelKey, JsonObject>();
        foreach (var provider in catalog.Providers)
        {
            foreach (var model in CatalogDocument.Models(provider))
            {
                models.TryAdd(new ModelKey(CatalogDocument.IdOf(provider), CatalogDocument.IdOf(model).ToLowerInvariant(), (string?)model["src"]), model);
            }
        }

        return models;
    }

    // Both sources may have an entry of one id, under different names.
    private sealed record ModelKey(string Provider, string Id, string? Mark)
    {
        public ChangeLine Line(JsonObject model, string kind, string text) => new(Provider, CatalogDocument.IdOf(model), kind, text);
    }
}
