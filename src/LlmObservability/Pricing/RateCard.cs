namespace LlmObservability.Pricing;

/// <summary>
/// The rates that hold for one price set, service tier and context tier, worked out when the catalog is read: every
/// disjoint token class has a rate, its own or its parent's. Immutable.
/// </summary>
internal sealed class RateCard
{
    internal const int TokenClasses = (int)PriceClass.VideoOut + 1;

    /// <summary>Marks a class with neither a price of its own nor a parent with one.</summary>
    internal const decimal None = -1;

    // Scaled rates count USD per million tokens in units of 1e-9: tokens × scaled = nano-dollars × 1e6, exactly.
    private const decimal Scale = 1_000_000_000;
    private const decimal NanosPerTokenAtOneUsd = 1_000;
    private const decimal NanosEachAtOneUsd = 1_000_000;

    private static readonly PriceClass[] InputClasses =
        [PriceClass.CacheWrite, PriceClass.CacheWrite1h, PriceClass.AudioIn, PriceClass.ImageIn, PriceClass.VideoIn];

    private readonly decimal[] _nanos = new decimal[TokenClasses];
    private readonly long[] _scaled = new long[TokenClasses];

    // Bit n: the class has a price of its own.
    private readonly int _own;

    internal RateCard(RateTable table, long? over = null)
    {
        Over = over;
        for (var i = 0; i < RateTable.Classes; i++)
        {
            _own |= table[(PriceClass)i] is null ? 0 : 1 << i;
        }

        for (var i = 0; i < TokenClasses; i++)
        {
            _nanos[i] = Effective(table, (PriceClass)i) is { } usd ? usd * NanosPerTokenAtOneUsd : None;
        }

        InputStays = [.. InputClasses.Where(c => IsWithinInput(table, c))];
        AudioShared = IsShared(table, PriceClass.AudioIn, PriceClass.AudioCacheRead);
        ImageShared = IsShared(table, PriceClass.ImageIn, PriceClass.ImageCacheRead);
        RequestNanos = (table[PriceClass.Request] ?? 0) * NanosEachAtOneUsd;
        WebSearchNanos = (table[PriceClass.WebSearch] ?? 0) * NanosEachAtOneUsd;
        FastTokenLimit = RequestNanos == 0 && !AudioShared && !ImageShared ? FillScaled() : -1;
    }

    /// <summary>The input tokens that a call must be over for these rates; null for the base.</summary>
    internal long? Over { get; }

    /// <summary>Nano-dollars per token by class, <see cref="None"/> where there is no price.</summary>
    internal ReadOnlySpan<decimal> Nanos => _nanos;

    /// <summary>The same × 1e6 as whole numbers; meaningful when <see cref="FastTokenLimit"/> ≥ 0.</summary>
    internal ReadOnlySpan<long> Scaled => _scaled;

    /// <summary>Up to this many tokens, whole-number arithmetic with <see cref="Scaled"/> is exact; -1: never.</summary>
    internal long FastTokenLimit { get; }

    /// <summary>Cached audio has no price but both its parents have one: it then stays in both, and leaves the input.</summary>
    internal bool AudioShared { get; }

    /// <summary>The same for cached images.</summary>
    internal bool ImageShared { get; }

    /// <summary>The classes of input, cache reads aside, that have no price and are billed as plain input.</summary>
    internal PriceClass[] InputStays { get; }

    internal decimal RequestNanos { get; }

    internal decimal WebSearchNanos { get; }

    /// <summary>Whether a class has a price of its own.</summary>
    internal bool Has(PriceClass priceClass) => (_own & (1 << (int)priceClass)) != 0;

    /// <summary>
    /// The class whose price holds for a class: its own, else its parent's; two classes where it is billed as both.
    /// </summary>
    internal (PriceClass First, PriceClass? Second) BilledAs(PriceClass priceClass)
    {
        return Has(priceClass) ? (priceClass, null) : priceClass switch
        {
            PriceClass.CacheWrite1h => BilledAs(PriceClass.CacheWrite),
            PriceClass.CacheRead or PriceClass.CacheWrite or PriceClass.AudioIn or PriceClass.ImageIn
                or PriceClass.VideoIn => (PriceClass.In, null),
            PriceClass.AudioCacheRead => Join(PriceClass.AudioIn),
            PriceClass.ImageCacheRead => Join(PriceClass.ImageIn),
            PriceClass.Reasoning or PriceClass.Citation or PriceClass.AudioOut or PriceClass.ImageOut
                or PriceClass.VideoOut => (PriceClass.Out, null),
            _ => (priceClass, null),
        };
    }

    private static bool IsWithinInput(RateTable table, PriceClass priceClass)
    {
        return table[priceClass] is null
            && (priceClass != PriceClass.CacheWrite1h || table[PriceClass.CacheWrite] is null);
    }

    private static bool IsShared(RateTable table, PriceClass own, PriceClass join)
    {
        return table[join] is null && table[own] is not null && table[PriceClass.CacheRead] is not null;
    }

    private decimal? Effective(RateTable table, PriceClass priceClass)
    {
        var (first, second) = BilledAs(priceClass);
        return second is { } join ? table[first] + table[join] : table[first];
    }

    private (PriceClass First, PriceClass? Second) Join(PriceClass own)
    {
        return (Has(own), Has(PriceClass.CacheRead)) switch
        {
            (true, true) => (own, PriceClass.CacheRead),
            (true, false) => (own, null),
            (false, true) => (PriceClass.CacheRead, null),
            _ => (PriceClass.In, null),
        };
    }

    private long FillScaled()
    {
        var max = 1L;
        for (var i = 0; i < TokenClasses; i++)
        {
            // A class without any price is for the decimal path, which looks at each class.
            var scaled = _nanos[i] / NanosPerTokenAtOneUsd * Scale;
            if (_nanos[i] == None || scaled != decimal.Truncate(scaled))
            {
                return -1;
            }

            _scaled[i] = (long)scaled;
            max = Math.Max(max, _scaled[i]);
        }

        return long.MaxValue / max;
    }
}
