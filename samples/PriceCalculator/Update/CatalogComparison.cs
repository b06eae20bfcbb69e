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
        var unchanged = 0;
        foreach (var ((provider, id), model) in after)
        {
            var name = CatalogDocument.IdOf(model);
            if (!before.TryGetValue((provider, id), out var was))
            {
                lines.Add(new ChangeLine(provider, name, "added", string.Join(", ", FlatPrices.Of(model).Select(p => $"{p.Key} {ModelDifference.Shown(p.Value)}"))));
            }
            else if (ModelDifference.Between(was, model) is { } difference)
            {
                lines.Add(new ChangeLine(provider, name, difference.Kind, difference.Text));
                if (upstream.Source.Mark is null && !FlatPrices.Standard(was).SequenceEqual(FlatPrices.Standard(model)) && ModelMerge.ServicesOf(model).ToArray() is { Length: > 0 } services)
                {
                    lines.Add(new ChangeLine(provider, name, "kept", $"{string.Join(", ", services)} as in the catalog; {upstream.Source.Name} has no service tiers"));
                }
            }
            else if ((string?)model["src"] == upstream.Source.Mark && !skipped.Contains((provider, id)))
            {
                unchanged++;
            }
        }

        foreach (var ((provider, id), model) in before.Where(m => !after.ContainsKey(m.Key)))
        {
            var name = CatalogDocument.IdOf(model);
            var entry = merge.GaveWay.GetValueOrDefault($"{provider}/{id}");
            lines.Add(new ChangeLine(provider, name, "removed", entry is null ? "" : $"{entry} matches it"));
        }

        return new CatalogComparison(lines, unchanged);
    }

    private static Dictionary<(string Provider, string Model), JsonObject> Models(CatalogDocument catalog)
    {
        var models = new Dictionary<(string, string), JsonObject>();
        foreach (var provider in catalog.Providers)
        {
            foreach (var model in CatalogDocument.Models(provider))
            {
                models.TryAdd((CatalogDocument.IdOf(provider), CatalogDocument.IdOf(model).ToLowerInvariant()), model);
            }
        }

        return models;
    }
}
