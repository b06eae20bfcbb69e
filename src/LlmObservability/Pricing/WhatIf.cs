namespace LlmObservability.Pricing;

/// <summary>
/// Prices calls that were recorded, as they would have been priced otherwise: with another model or provider, or by another
/// catalog. A report; nothing that is stored changes. Thread-safe.
/// </summary>
/// <remarks>
/// A call keeps its time, tokens, web searches, service tier, geo and speed, so its tier of context and its time window are
/// those of the other prices. Where these have no price for web searches, a call's searches cost nothing, and
/// <see cref="WhatIfReport.SearchesWithoutPrice"/> counts it.
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
        long count = 0, compared = 0, searches = 0;
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
                other += wouldBe.TotalNanos;
                searches += call.WebSearchCount > 0 && !_pricer.HasSearchPrice(Query(call, call.Tokens)) ? 1 : 0;
            }
            else
            {
                var reason = call.Cost is null ? call.CostReason : priced.Reason;
                left[reason] = left.GetValueOrDefault(reason) + 1;
            }
        }

        return new WhatIfReport
        {
            Calls = count,
            Compared = compared,
            ActualNanos = actual,
            WhatIfNanos = other,
            SearchesWithoutPrice = searches,
            NotCompared = left,
        };
    }

    /// <summary>What one call would have cost, or why that is not known.</summary>
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
            return tokens.Source == LlmUsageSource.Missing || IsUnusable(call) ? null : 0;
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

    private PricedCost Price(LlmCall call, in LlmTokens tokens)
    {
        return IsUnusable(call) ? new PricedCost(null, call.CostReason, null, null) : _pricer.Price(Query(call, tokens));
    }

    /// <summary>Whether the tokens are not those of a bill: counts that contradicted each other, or only some of them.</summary>
    private static bool IsUnusable(LlmCall call) => call.CostReason is LlmCostReason.InvalidUsage or LlmCostReason.IncompleteUsage;

    private PriceQuery Query(LlmCall call, in LlmTokens tokens) => new()
    {
        Provider = Provider ?? call.Provider,
        ServerAddress = Provider is null || Provider == call.Provider ? call.ServerAddress : null,
        ResponseModel = Model ?? call.ResponseModel,
        RequestModel = Model ?? call.RequestModel,
        ServiceTier = call.ServiceTier,
        Geo = call.Geo,
        Speed = call.Speed,
        WebSearches = call.WebSearchCount,
        At = call.StartedAt,
        Tokens = tokens,
    };
}
