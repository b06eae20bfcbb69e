namespace LlmObservability.Pricing;

/// <summary>
/// Prices calls that were recorded, as they would have been priced otherwise: with another model or provider, or by another
/// catalog. A report; nothing that is stored changes. Thread-safe.
/// </summary>
/// <remarks>
/// A call keeps its time, tokens and service tier, so its tier of context and its time window are those of the other prices.
/// Fees of searches are carried over as they were: how many a call made is not recorded.
/// </remarks>
public sealed class WhatIf
{
    private readonly CallPricer _pricer;

    /// <summary>By the prices of this catalog.</summary>
    public WhatIf(PriceCatalog catalog)
    {
        _pricer = new CallPricer(catalog);
    }

    /// <summary>The provider that would have served the calls; null for each call's own.</summary>
    public string? Provider { get; init; }

    /// <summary>The model that would have served the calls; null for each call's own.</summary>
    public string? Model { get; init; }

    /// <summary>Prices calls, for example those of <c>ILlmStore.ExportAsync</c>, one after the other.</summary>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public async Task<WhatIfReport> ReportAsync(IAsyncEnumerable<LlmCall> calls, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(calls);
        long count = 0, compared = 0;
        decimal actual = 0, other = 0;
        var left = new SortedDictionary<LlmCostReason, long>();
        await foreach (var call in calls.WithCancellation(cancellationToken).ConfigureAwait(false))
        {
            count++;
            var priced = Price(call);
            if (call.Cost is { } was && priced.Cost is { } wouldBe)
            {
                compared++;
                actual += was.TotalNanos;
                other += (decimal)wouldBe.TotalNanos + SearchFees(call, was);
            }
            else
            {
                var reason = call.Cost is null ? call.CostReason : priced.Reason;
                left[reason] = left.GetValueOrDefault(reason) + 1;
            }
        }

        return new WhatIfReport { Calls = count, Compared = compared, ActualNanos = actual, WhatIfNanos = other, NotCompared = left };
    }

    /// <summary>What one call would have cost, without fees of searches; or why that is not known.</summary>
    public PricedCost Price(LlmCall call)
    {
        ArgumentNullException.ThrowIfNull(call);
        return Price(call, call.Tokens);
    }

    /// <summary>
    /// What reading from the cache saved a call against the full input rate, in nano-dollars: negative where the cache is
    /// dearer, 0 without such tokens, null where either price is not known.
    /// </summary>
    public long? CacheSavingsNanos(LlmCall call)
    {
        ArgumentNullException.ThrowIfNull(call);
        var tokens = call.Tokens;
        var detail = tokens.Detail;
        if (tokens.CacheRead == 0 && (detail is null || detail.AudioCacheRead + detail.ImageCacheRead == 0))
        {
            return tokens.Source == LlmUsageSource.Missing ? null : 0;
        }

        var full = tokens with
        {
            UncachedInput = tokens.UncachedInput + tokens.CacheRead,
            CacheRead = 0,
            Detail = detail is null ? null : detail with
            {
                AudioInput = detail.AudioInput + detail.AudioCacheRead,
                AudioCacheRead = 0,
                ImageInput = detail.ImageInput + detail.ImageCacheRead,
                ImageCacheRead = 0,
            },
        };
        return Price(call, full).Cost is { } without && Price(call, tokens).Cost is { } with
            ? without.TotalNanos - with.TotalNanos
            : null;
    }

    /// <summary>The fees that are not the call's own fee per request: those of searches, which are carried over.</summary>
    private long SearchFees(LlmCall call, LlmCost was)
    {
        // A cost that the provider reported may be all fees, because nobody says what for.
        return was.FeesNanos == 0 || call.CostReason == LlmCostReason.ReportedByProvider
            ? 0
            : Math.Max(0, was.FeesNanos - (Price(call, call.Tokens, call.Provider, model: null).Cost?.FeesNanos ?? 0));
    }

    private PricedCost Price(LlmCall call, in LlmTokens tokens) => Price(call, tokens, Provider, Model);

    private PricedCost Price(LlmCall call, in LlmTokens tokens, string? provider, string? model) => _pricer.Price(new PriceQuery
    {
        Provider = provider ?? call.Provider,
        ServerAddress = provider is null || provider == call.Provider ? call.ServerAddress : null,
        ResponseModel = model ?? call.ResponseModel,
        RequestModel = model ?? call.RequestModel,
        ServiceTier = call.ServiceTier,
        At = call.StartedAt,
        Tokens = tokens,
    });
}
