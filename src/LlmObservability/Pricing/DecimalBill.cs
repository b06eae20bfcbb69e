namespace LlmObservability.Pricing;

/// <summary>Adds up tokens × rates by part, in decimal nano-dollars; tells each line to the record, if there is one.</summary>
internal struct DecimalBill(RateCard card, BillRecord? record)
{
    internal decimal Input { get; private set; }

    internal decimal Cached { get; private set; }

    internal decimal Output { get; private set; }

    internal decimal Fees { get; private set; }

    /// <summary>Why the tokens cannot be billed, or null.</summary>
    internal LlmCostReason? Problem { get; private set; }

    internal void Add(in LlmTokens tokens)
    {
        var detail = tokens.Detail;
        var shared = detail is null ? 0 : Shared(detail);
        var uncached = tokens.UncachedInput - shared;
        if (shared > 0 && uncached + Staying(tokens) < 0)
        {
            Problem = LlmCostReason.InvalidUsage;
            return;
        }

        Input = Bill(uncached, PriceClass.In) + Bill(tokens.CacheWrite5m, PriceClass.CacheWrite)
            + Bill(tokens.CacheWrite1h, PriceClass.CacheWrite1h);
        Cached = Bill(tokens.CacheRead, PriceClass.CacheRead);
        Output = Bill(tokens.VisibleOutput, PriceClass.Out) + Bill(tokens.Reasoning, PriceClass.Reasoning);
        if (detail is not null)
        {
            Input += Bill(detail.AudioInput, PriceClass.AudioIn) + Bill(detail.ImageInput, PriceClass.ImageIn)
                + Bill(detail.VideoInput, PriceClass.VideoIn);
            Cached += Bill(detail.AudioCacheRead, PriceClass.AudioCacheRead)
                + Bill(detail.ImageCacheRead, PriceClass.ImageCacheRead);
            Output += Bill(detail.AudioOutput, PriceClass.AudioOut) + Bill(detail.ImageOutput, PriceClass.ImageOut)
                + Bill(detail.VideoOutput, PriceClass.VideoOut) + Bill(detail.Citation, PriceClass.Citation);
        }
    }

    internal void AddFees(int webSearches)
    {
        var searches = card.WebSearchNanos * webSearches;
        Fees = card.RequestNanos + searches;
        if (card.RequestNanos != 0)
        {
            record?.AddFee(PriceClass.Request, 1, card.RequestNanos, card.RequestNanos);
        }

        if (webSearches != 0)
        {
            record?.AddFee(PriceClass.WebSearch, webSearches, card.WebSearchNanos, searches);
        }
    }

    // Inclusive counting takes cached audio off the input once as cached and once as audio. Where it has no price of its
    // own but both of those have, it is billed as both, and the input is smaller by as much.
    private readonly long Shared(LlmTokenDetail detail)
    {
        return (card.AudioShared ? detail.AudioCacheRead : 0) + (card.ImageShared ? detail.ImageCacheRead : 0);
    }

    // What is billed as plain input beside the plain input itself.
    private readonly long Staying(in LlmTokens tokens)
    {
        var sum = 0L;
        foreach (var priceClass in card.InputStays)
        {
            sum += priceClass switch
            {
                PriceClass.CacheWrite => tokens.CacheWrite5m,
                PriceClass.CacheWrite1h => tokens.CacheWrite1h,
                PriceClass.AudioIn => tokens.Detail?.AudioInput ?? 0,
                PriceClass.ImageIn => tokens.Detail?.ImageInput ?? 0,
                _ => tokens.Detail?.VideoInput ?? 0,
            };
        }

        return sum;
    }

    private decimal Bill(long count, PriceClass priceClass)
    {
        if (count == 0)
        {
            return 0;
        }

        var rate = card.Nanos[(int)priceClass];
        if (rate == RateCard.None)
        {
            Problem = LlmCostReason.UnknownModel;
            return 0;
        }

        // A count below 2^59 times a rate of at most 1e9 nano-dollars stays far below decimal's limit.
        var amount = count * rate;
        record?.AddTokens(priceClass, count, rate, amount);
        return amount;
    }
}
