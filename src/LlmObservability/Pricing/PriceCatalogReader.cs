using System.Text.Json;

namespace LlmObservability.Pricing;

/// <summary>Reads a catalog of schema <c>llm-prices/1</c>.</summary>
internal static class PriceCatalogReader
{
    private const string Schema = "llm-prices/1";

    // A multiplier above this is a slip.
    private const decimal MaxMultiplier = 1_000;

    internal static (DateOnly Date, PriceProvider[] Providers) Read(ReadOnlyMemory<byte> json, string sourceName)
    {
        var place = new CatalogPlace(sourceName);
        try
        {
            using var document = JsonDocument.Parse(CatalogJson.WithoutMark(json));
            return ReadRoot(document.RootElement, place);
        }
        catch (JsonException exception)
        {
            throw new PriceCatalogException(
                $"{sourceName}: it is not JSON from line {exception.LineNumber + 1}, byte {exception.BytePositionInLine + 1} on.", exception);
        }
        catch (InvalidOperationException exception)
        {
            throw new PriceCatalogException($"{sourceName}: a field's name is not valid Unicode.", exception);
        }
    }

    private static (DateOnly Date, PriceProvider[] Providers) ReadRoot(JsonElement root, CatalogPlace place)
    {
        CatalogJson.RequireObject(root, place);
        if (CatalogJson.RequireText(root, "schema", place) is var schema && schema != Schema)
        {
            throw place.Below("schema").Wrong($"'{schema}' is not {Schema}");
        }

        var date = CatalogJson.Date(CatalogJson.RequireText(root, "sourceDate", place), place.Below("sourceDate"));
        var providers = new List<PriceProvider>();
        foreach (var element in CatalogJson.RequireArray(root, "providers", place).EnumerateArray())
        {
            providers.Add(ReadProvider(element, place, place.Below("providers").At(providers.Count)));
        }

        Check(providers, place);
        return (date, [.. providers]);
    }

    private static void Check(List<PriceProvider> providers, CatalogPlace place)
    {
        var ids = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        foreach (var provider in providers)
        {
            if (!ids.Add(provider.Id))
            {
                throw (place with { Provider = provider.Id }).Below("id").Wrong("another provider has the same id");
            }
        }

        foreach (var provider in providers)
        {
            if (Array.Find(provider.Fallback, id => !ids.Contains(id)) is { } unknown)
            {
                throw (place with { Provider = provider.Id }).Below("fallback").Wrong($"there is no provider '{unknown}'");
            }
        }
    }

    private static PriceProvider ReadProvider(JsonElement element, CatalogPlace root, CatalogPlace here)
    {
        CatalogJson.RequireObject(element, here);
        var id = CatalogJson.RequireText(element, "id", here);
        var place = root with { Provider = id };
        var models = CatalogJson.RequireArray(element, "models", place);
        var entries = new List<(string Name, PriceModel Model)>();
        var own = new List<PriceModel>();
        foreach (var model in models.EnumerateArray())
        {
            own.Add(ReadModel(model, id, place, own.Count, entries));
        }

        return new PriceProvider
        {
            Id = id,
            Names = CatalogJson.Texts(element, "names", place) ?? [],
            Hosts = CatalogJson.Texts(element, "hosts", place) ?? [],
            Infer = CatalogJson.Texts(element, "infer", place) ?? [],
            Fallback = CatalogJson.Texts(element, "fallback", place) ?? [],
            Models = new NameTable<PriceModel>(entries),
            Entries = [.. own],
        };
    }

    private static PriceModel ReadModel(
        JsonElement element, string provider, CatalogPlace place, int index, List<(string Name, PriceModel Model)> entries)
    {
        var here = place.Below("models").At(index);
        CatalogJson.RequireObject(element, here);
        var id = CatalogJson.RequireText(element, "id", here);
        place = place with { Model = id };

        var model = new PriceModel
        {
            Id = id,
            EntryId = $"{provider}/{id}",
            Sets = PriceSetReader.ReadAll(element, place),
            Geo = ReadMultipliers(element, "geo", place),
            Speed = ReadMultipliers(element, "speed", place),
        };
        foreach (var name in CatalogJson.Texts(element, "match", place) ?? [id])
        {
            entries.Add((name, model));
        }

        return model;
    }

    /// <summary>Factors by name, as <c>geo</c> and <c>speed</c> have them; none when the field is absent.</summary>
    internal static KeyValuePair<string, decimal>[] ReadMultipliers(JsonElement model, string name, CatalogPlace place)
    {
        if (!model.TryGetProperty(name, out var element))
        {
            return [];
        }

        var below = place.Below(name);
        var multipliers = new List<KeyValuePair<string, decimal>>();
        foreach (var property in CatalogJson.RequireObject(element, below).EnumerateObject())
        {
            if (property.Value.ValueKind != JsonValueKind.Number || !property.Value.TryGetDecimal(out var factor)
                || factor is <= 0 or > MaxMultiplier)
            {
                throw below.Below(property.Name).Wrong("a factor above 0 and up to 1000 is needed here");
            }

            multipliers.Add(new(property.Name, factor));
        }

        return [.. multipliers];
    }
}
