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

        var table = new RateTable
        {
            [PriceClass.In] = Check(source.Input, place.Below(nameof(source.Input)))
                ?? throw place.Below(nameof(source.Input)).Wrong("it is missing, and a free model needs a 0"),
            [PriceClass.Out] = Check(source.Output, place.Below(nameof(source.Output)))
                ?? throw place.Below(nameof(source.Output)).Wrong("it is missing, and a free model needs a 0"),
            [PriceClass.CacheRead] = Check(source.CachedInput, place.Below(nameof(source.CachedInput))),
            [PriceClass.CacheWrite] = Check(source.CacheWrite, place.Below(nameof(source.CacheWrite))),
        };
        var set = new PriceSet { Standard = new PriceVariant(table, []) };
        return new OverrideEntry(model, provider, new PriceModel { Id = model, EntryId = $"override/{model}", Sets = [set] });
    }

    private static decimal? Check(decimal? price, CatalogPlace place)
    {
        return price is { } value ? CatalogJson.CheckPrice(value, place) : null;
    }
}
