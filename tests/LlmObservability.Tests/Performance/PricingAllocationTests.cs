using LlmObservability.Pricing;

namespace LlmObservability.Tests.Performance;

/// <summary>Pricing a call that was priced before allocates nothing, by whole numbers and by decimals; only an explanation does.</summary>
[Collection(nameof(Alone))]
public sealed class PricingAllocationTests
{
    private readonly CallPricer _pricer = new(PriceCatalog.LoadDefault());

    [Theory]
    [InlineData("openai", "gpt-4o", null, 0)]
    [InlineData("anthropic", "claude-opus-4-6", "us", 2)]
    public void A_warm_price_allocates_nothing(string provider, string model, string? geo, int searches)
    {
        var query = new PriceQuery
        {
            Provider = provider,
            ResponseModel = model,
            At = new DateTimeOffset(2026, 8, 1, 12, 0, 0, TimeSpan.Zero),
            Geo = geo,
            WebSearches = searches,
            Tokens = new LlmTokens { Source = LlmUsageSource.Reported, UncachedInput = 1_200, CacheRead = 1_000, VisibleOutput = 300 },
        };

        _pricer.Price(query).Reason.ShouldBe(LlmCostReason.Priced);
        Allocated.By(() => _pricer.Price(query)).ShouldBe(0);
        Allocated.By(() => _pricer.Explain(query)).ShouldBeGreaterThan(0);
    }
}
