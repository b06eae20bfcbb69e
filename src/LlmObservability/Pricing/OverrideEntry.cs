namespace LlmObservability.Pricing;

/// <summary>A checked copy of a <see cref="PriceOverride"/>.</summary>
internal sealed class OverrideEntry
{
    private OverrideEntry(string model, string? provider, PriceModel price)
    {
        Provider = provider;
        IsExact = !NamePattern.HasWildcard(model);
        Pattern = new NamePattern(model);
        Price = price;
    }

    internal string? Provider { get; }

    internal bool IsExact { get; }

    internal NamePattern Pattern { get; }

    internal PriceModel Price { get; }

    internal static OverrideEntry Create(PriceOverride source, int index)
    {
        var place = new CatalogPlace("Price overrides") { Field = $"[{index}]" };
        if (source is null)
        {
            throw place.Wrong("it is null");
        }

        var provider = string.IsNullOrWhiteSpace(source.Provider) ? null : source.Provider.Trim();
        var model = string.IsNullOrWhiteSpace(source.Model) ? null : source.Model.Trim();
        place = place with { Provider = provider, Model = model };
        if (model is null)
        {
            throw place.Below(nameof(source.Model)).Wrong("it is missing");
        }

        var table = new RateTable();
        foreach (var kind in OverridePrice.All)
        {
            var below = place.Below(kind.Name);
            table[kind.Class] = Check(kind.Get(source), below) ?? (kind.Class is PriceClass.In or PriceClass.Out
                ? throw below.Wrong("it is missing, and a free model needs a 0")
                : null);
        }

        return Create(provider, model, [new PriceSet { Standard = new PriceVariant(table, []) }]);
    }

    /// <summary>An override whose prices were read elsewhere.</summary>
    internal static OverrideEntry Create(
        string? provider,
        string model,
        PriceSet[] sets,
        KeyValuePair<string, decimal>[]? geo = null,
        KeyValuePair<string, decimal>[]? speed = null)
    {
        return new OverrideEntry(
            model,
            provider,
            new PriceModel { Id = model, EntryId = $"override/{model}", Sets = sets, Geo = geo ?? [], Speed = speed ?? [] });
    }

    private static decimal? Check(decimal? price, CatalogPlace place)
    {
        return price is { } value ? CatalogJson.CheckPrice(value, place) : null;
    }
}
