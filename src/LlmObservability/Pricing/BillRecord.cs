namespace LlmObservability.Pricing;

/// <summary>What <see cref="CallPricer"/> chose and added up while it priced one call that somebody wants explained.</summary>
internal sealed class BillRecord
{
    private const decimal NanosPerTokenAtOneUsd = 1_000;
    private const decimal NanosEachAtOneUsd = 1_000_000;

    private readonly List<CostLine> _lines = [];
    private PriceSet? _set;
    private PriceVariant? _variant;
    private RateCard? _card;
    private decimal _geo = 1;
    private decimal _speed = 1;
    private decimal? _exact;

    /// <summary>An explanation that gives back what is known, with nothing worked out.</summary>
    internal static CostExplanation WithoutLines(in PricedCost priced, in PricedCost? recorded)
    {
        return new CostExplanation
        {
            Reason = priced.Reason,
            Cost = priced.Cost,
            PriceEntry = priced.PriceEntry,
            CatalogDate = priced.CatalogDate,
            Recorded = recorded,
        };
    }

    internal void Choose(PriceSet set, PriceVariant variant, RateCard card, decimal geo, decimal speed)
    {
        (_set, _variant, _card, _geo, _speed) = (set, variant, card, geo, speed);
    }

    internal void AddTokens(PriceClass priceClass, long count, decimal nanosPerToken, decimal amount)
    {
        var (first, second) = _card!.BilledAs(priceClass);
        _lines.Add(new CostLine
        {
            Class = NameOf(priceClass),
            BilledAs = second is { } join ? $"{NameOf(first)}+{NameOf(join)}" : NameOf(first),
            Quantity = count,
            Rate = Trim(nanosPerToken / NanosPerTokenAtOneUsd),
            RateUnit = CostLine.TokenRateUnit,
            AmountNanos = Trim(amount),
        });
    }

    internal void AddFee(PriceClass priceClass, long count, decimal nanosEach, decimal amount)
    {
        _lines.Add(new CostLine
        {
            Class = NameOf(priceClass),
            BilledAs = _card!.Has(priceClass) ? NameOf(priceClass) : CostLine.NoPrice,
            Quantity = count,
            Rate = Trim(nanosEach / NanosEachAtOneUsd),
            RateUnit = CostLine.FeeRateUnit,
            AmountNanos = Trim(amount),
        });
    }

    internal void Total(decimal exact) => _exact = Trim(exact);

    internal CostExplanation ToExplanation(in PriceQuery query, in PricedCost priced, in PricedCost? recorded)
    {
        var plain = WithoutLines(priced, recorded);
        if (_set is null || _variant is null)
        {
            return plain;
        }

        return plain with
        {
            PriceSet = _set.Describe(),
            ServiceTier = _set.NameOf(_variant),
            Over = _card!.Over,
            Geo = query.Geo,
            GeoMultiplier = _geo,
            Speed = query.Speed,
            SpeedMultiplier = _speed,
            ExactNanos = priced.Cost is null ? null : _exact,
            Lines = priced.Cost is null ? [] : _lines.AsReadOnly(),
        };
    }

    // Dividing by a scaled one drops the trailing zeros that a decimal otherwise keeps.
    private static decimal Trim(decimal value) => value / 1.0000000000000000000000000000m;

    private static string NameOf(PriceClass priceClass) => priceClass switch
    {
        PriceClass.In => "input",
        PriceClass.CacheRead => "cache_read",
        PriceClass.CacheWrite => "cache_write_5m",
        PriceClass.CacheWrite1h => "cache_write_1h",
        PriceClass.AudioIn => "audio_input",
        PriceClass.ImageIn => "image_input",
        PriceClass.VideoIn => "video_input",
        PriceClass.AudioCacheRead => "audio_cache_read",
        PriceClass.ImageCacheRead => "image_cache_read",
        PriceClass.Out => "output",
        PriceClass.Reasoning => "reasoning",
        PriceClass.Citation => "citation",
        PriceClass.AudioOut => "audio_output",
        PriceClass.ImageOut => "image_output",
        PriceClass.VideoOut => "video_output",
        PriceClass.Request => "request",
        PriceClass.WebSearch => "web_search",
        _ => "rerank",
    };
}
