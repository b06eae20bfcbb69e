namespace LlmObservability.Pricing;

/// <summary>One entry of a catalog, or one override. Immutable.</summary>
internal sealed class PriceModel
{
    /// <summary>The model's own id; an override's pattern.</summary>
    internal required string Id { get; init; }

    /// <summary>As kept with every cost: <c>provider/model</c> or <c>override/model</c>.</summary>
    internal required string EntryId { get; init; }

    internal required PriceSet[] Sets { get; init; }

    internal KeyValuePair<string, decimal>[] Geo { get; init; } = [];

    internal KeyValuePair<string, decimal>[] Speed { get; init; } = [];

    /// <summary>The same prices, asked of a provider that falls back to this entry's.</summary>
    internal PriceModel AskedOf(string provider)
    {
        return new PriceModel { Id = Id, EntryId = $"{provider}/{Id}", Sets = Sets, Geo = Geo, Speed = Speed };
    }

    /// <summary>The last set that is active; the first when none is.</summary>
    internal PriceSet Select(DateTimeOffset at)
    {
        if (Sets.Length == 1)
        {
            return Sets[0];
        }

        var utc = at.UtcDateTime;
        for (var i = Sets.Length - 1; i > 0; i--)
        {
            if (Sets[i].IsActive(utc))
            {
                return Sets[i];
            }
        }

        return Sets[0];
    }

    /// <summary>The factor by which token prices are multiplied; 1 for names that the entry does not know.</summary>
    internal static decimal Multiplier(KeyValuePair<string, decimal>[] multipliers, string? name)
    {
        if (name is not null)
        {
            foreach (var (key, factor) in multipliers)
            {
                if (key.Equals(name, StringComparison.OrdinalIgnoreCase))
                {
                    return factor;
                }
            }
        }

        return 1;
    }
}
