using System.Globalization;
using System.Text.Json.Nodes;
using PriceCalculator.Update.Catalog;

namespace PriceCalculator.Update;

/// <summary>A catalog with one source's entries replaced by those of an upstream file; the other source's stay.</summary>
internal sealed class CatalogMerge
{
    private readonly Upstream _upstream;

    private readonly DateOnly _date;

    private CatalogMerge(CatalogDocument old, Upstream upstream, DateOnly date)
    {
        _upstream = upstream;
        _date = date;
        Result = old.Clone();
    }

    /// <summary>The new catalog.</summary>
    public CatalogDocument Result { get; }

    /// <summary>Entries of the other source that gave way to an entry of genai-prices, by <c>provider/model</c>.</summary>
    public Dictionary<string, string> GaveWay { get; } = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Sentences about providers: new ones, and what of a known one is kept though the file says otherwise.</summary>
    public List<string> Remarks { get; } = [];

    /// <param name="old">The catalog; it stays as it is.</param>
    /// <param name="upstream">What the file says.</param>
    /// <param name="date">The date of the file's facts.</param>
    public static CatalogMerge Of(CatalogDocument old, Upstream upstream, DateOnly date)
    {
        var merge = new CatalogMerge(old, upstream, date);
        merge.AddProviders();
        foreach (var provider in merge.Result.Providers)
        {
            merge.ReplaceModels(provider);
        }

        if (upstream.Source.Mark is null)
        {
            merge.GiveWay();
        }

        return merge;
    }

    /// <summary>Dates the source, and the catalog by its newest source.</summary>
    public void Date()
    {
        var sources = Result.Root["sources"]!.AsArray();
        var own = sources.OfType<JsonObject>().FirstOrDefault(s => (string?)s["id"] == _upstream.Source.Id);
        if (own is null)
        {
            sources.Add((JsonNode)(own = new JsonObject { ["id"] = _upstream.Source.Id, ["name"] = _upstream.Source.Name }));
        }

        // Which commit of the source, and by which way it came, the file does not say.
        own.Remove("commit");
        var via = own["name"]?.ToString().IndexOf(" (via ", StringComparison.Ordinal) ?? -1;
        if (via > 0)
        {
            own["name"] = own["name"]!.ToString()[..via];
        }

        own["date"] = _date.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
        Result.Root["sourceDate"] = sources.Select(s => s!["date"]?.ToString()).Max(StringComparer.Ordinal);
    }

    private void AddProviders()
    {
        foreach (var provider in _upstream.Providers)
        {
            if (Result.Provider(provider.Id) is { } known)
            {
                var fallback = known["fallback"]?.AsArray().Select(f => f!.ToString()).ToArray() ?? [];
                if (!fallback.SequenceEqual(provider.Fallback))
                {
                    Remarks.Add($"provider {provider.Id} keeps its fallback ({List(fallback)}); the file says {List(provider.Fallback)}");
                }
            }
            else if (_upstream.Models.Exists(m => m.Provider == provider.Id))
            {
                Add(provider);
            }
        }
    }

    private void Add(UpstreamProvider provider)
    {
        // What another provider is called or known by stays its own.
        var names = Free("names", provider.Names);
        var hosts = Free("hosts", provider.Hosts);
        var infer = Free("infer", provider.Infer);
        var fallback = provider.Fallback.Where(f => Result.Provider(f) is not null).ToArray();
        var added = new JsonObject { ["id"] = provider.Id };
        foreach (var (key, texts) in new[] { ("names", names), ("hosts", hosts), ("infer", infer), ("fallback", fallback) })
        {
            if (texts.Length > 0)
            {
                added[key] = new JsonArray([.. texts.Select(t => (JsonNode)t)]);
            }
        }

        added["models"] = new JsonArray();
        var before = Result.Providers.TakeWhile(p => string.CompareOrdinal(CatalogDocument.IdOf(p), provider.Id) < 0).Count();
        Result.ProviderList.Insert(before, added);
        Remarks.Add($"provider {provider.Id} is new: names {List(names)}; hosts {List(hosts)}; infer {List(infer)}; fallback {List(fallback)}");
    }

    private string[] Free(string key, IReadOnlyList<string> wanted)
    {
        var taken = Result.Providers.SelectMany(p => p[key] as JsonArray ?? []).Select(t => t!.ToString());
        return [.. wanted.Except(taken, StringComparer.OrdinalIgnoreCase)];
    }

    private static string List(IReadOnlyCollection<string> texts) => texts.Count == 0 ? "none" : string.Join(", ", texts);

    private void ReplaceModels(JsonObject provider)
    {
        var id = CatalogDocument.IdOf(provider);
        var wanted = _upstream.Models.Where(m => m.Provider == id).ToDictionary(m => m.Id, StringComparer.OrdinalIgnoreCase);
        var skipped = _upstream.Skipped.Where(s => s.Provider == id || s.Provider.Length == 0).Select(s => s.Id).ToHashSet(StringComparer.OrdinalIgnoreCase);
        var models = new List<JsonObject>();
        foreach (var old in CatalogDocument.Models(provider))
        {
            var model = CatalogDocument.IdOf(old);
            if ((string?)old["src"] != _upstream.Source.Mark)
            {
                models.Add(WithServices(id, old.DeepClone().AsObject()));
            }
            else if (wanted.Remove(model, out var now))
            {
                models.Add(ModelMerge.Combine(old, now, _upstream.Source));
            }
            else if (skipped.Contains(model))
            {
                models.Add(old.DeepClone().AsObject());
            }
        }

        foreach (var added in _upstream.Models.Where(m => m.Provider == id && wanted.ContainsKey(m.Id)))
        {
            models.Insert(Place(models, added.Id), ModelMerge.Combine(null, added, _upstream.Source));
        }

        provider["models"] = new JsonArray([.. models]);
    }

    private JsonObject WithServices(string provider, JsonObject model)
    {
        var other = _upstream.Beside.Find(m => m.Provider == provider && m.Id.Equals(CatalogDocument.IdOf(model), StringComparison.OrdinalIgnoreCase));
        return other is not null && model["src"] is null ? ModelMerge.TakeServices(model, other, _date) : model;
    }

    // Entries of genai-prices stand first, by id; LiteLLM's after them, new ones last.
    private int Place(List<JsonObject> models, string id)
    {
        if (_upstream.Source.Mark is not null)
        {
            return models.Count;
        }

        var end = models.FindLastIndex(m => m["src"] is null) + 1;
        var before = models.FindIndex(0, end, m => m["src"] is null && string.CompareOrdinal(CatalogDocument.IdOf(m), id) > 0);
        return before < 0 ? end : before;
    }

    private void GiveWay()
    {
        var genai = new GenaiMatches(Result, withFallback: false);
        foreach (var provider in Result.Providers)
        {
            var id = CatalogDocument.IdOf(provider);
            var models = provider["models"]!.AsArray();
            for (var i = models.Count - 1; i >= 0; i--)
            {
                var model = models[i]!.AsObject();
                if (model["src"] is not null && genai.Entry(id, CatalogDocument.IdOf(model)) is { } entry)
                {
                    GaveWay[$"{id}/{CatalogDocument.IdOf(model)}"] = entry;
                    models.RemoveAt(i);
                }
            }
        }
    }
}
