using LlmObservability.Pricing;
using static LlmObservability.Tests.Pricing.PricingTestData;

namespace LlmObservability.Tests.Pricing;

public class PriceSelectionTests
{
    private const string Tiered =
        """{"in":3,"out":15,"cacheRead":0.3,"tiers":[{"over":200,"in":6,"out":20},{"over":100,"in":4,"out":16,"cacheRead":0.5}]}""";

    [Theory]
    [InlineData(100, 300_000)]
    [InlineData(101, 404_000)]
    [InlineData(200, 800_000)]
    [InlineData(201, 1_206_000)]
    public void A_tier_holds_for_all_tokens_from_one_token_above_its_limit(long input, long nanos)
    {
        Price(Tiered, new LlmTokens { UncachedInput = input }).Nanos().ShouldBe(nanos);
    }

    [Fact]
    public void A_tier_counts_cached_and_written_input_and_prices_output_too()
    {
        // 101 in all: 1 × 4 + 50 × 0.5 + 50 × 4 (a write has no price) + 10 × 16.
        Price(Tiered, new LlmTokens { UncachedInput = 1, CacheRead = 50, CacheWrite5m = 50, VisibleOutput = 10 })
            .Nanos().ShouldBe(4_000 + 25_000 + 200_000 + 160_000);
    }

    [Fact]
    public void A_tier_keeps_the_prices_that_it_does_not_name()
    {
        // Above 200 the cache's price is the base's 0.3.
        Price(Tiered, new LlmTokens { UncachedInput = 100, CacheRead = 101 }).Nanos().ShouldBe(600_000 + 30_300);
    }

    [Theory]
    [InlineData(200_000, 600_000_000)]
    [InlineData(200_001, 1_200_006_000)]
    public void Claude_sonnet_doubles_from_200_001_tokens_on(long input, long nanos)
    {
        Price("anthropic", "claude-sonnet-4-5", input, 0).Nanos().ShouldBe(nanos);
    }

    [Theory]
    [InlineData("2026-08-31T23:59:59.9999999Z", 2_000)]
    [InlineData("2026-09-01T00:00:00Z", 3_000)]
    [InlineData("2026-09-01T01:59:59+02:00", 2_000)]
    [InlineData("2026-08-31T22:00:00-02:00", 3_000)]
    public void A_price_begins_at_midnight_utc_of_its_date(string at, long nanos)
    {
        var pricer = new CallPricer(OneModel("""{"in":2,"out":1},{"from":"2026-09-01","in":3,"out":1}"""));
        pricer.Price(Query(new LlmTokens { UncachedInput = 1 }) with { At = Time(at) }).Nanos().ShouldBe(nanos);
    }

    [Theory]
    [InlineData("2026-08-01T00:29:59Z", 1_000)]
    [InlineData("2026-08-01T00:30:00Z", 2_000)]
    [InlineData("2026-08-01T16:29:59Z", 2_000)]
    [InlineData("2026-08-01T16:30:00Z", 1_000)]
    public void Hours_begin_inclusive_and_end_exclusive(string at, long nanos)
    {
        var pricer = new CallPricer(OneModel("""{"in":1,"out":1},{"hoursUtc":["00:30-16:30"],"in":2,"out":1}"""));
        pricer.Price(Query(new LlmTokens { UncachedInput = 1 }) with { At = Time(at) }).Nanos().ShouldBe(nanos);
    }

    [Theory]
    [InlineData("2026-08-01T21:59:59Z", 1_000)]
    [InlineData("2026-08-01T22:00:00Z", 2_000)]
    [InlineData("2026-08-01T05:59:59Z", 2_000)]
    [InlineData("2026-08-01T06:00:00Z", 1_000)]
    public void Hours_can_run_over_midnight(string at, long nanos)
    {
        var pricer = new CallPricer(OneModel("""{"in":1,"out":1},{"hoursUtc":["22:00-06:00"],"in":2,"out":1}"""));
        pricer.Price(Query(new LlmTokens { UncachedInput = 1 }) with { At = Time(at) }).Nanos().ShouldBe(nanos);
    }

    [Theory]
    [InlineData("2026-08-07T12:00:00Z", 1_000)] // a Friday
    [InlineData("2026-08-08T12:00:00Z", 2_000)]
    [InlineData("2026-08-09T12:00:00Z", 2_000)]
    public void Days_choose_by_weekday(string at, long nanos)
    {
        var pricer = new CallPricer(OneModel("""{"in":1,"out":1},{"days":["sat","Sunday"],"in":2,"out":1}"""));
        pricer.Price(Query(new LlmTokens { UncachedInput = 1 }) with { At = Time(at) }).Nanos().ShouldBe(nanos);
    }

    [Fact]
    public void The_first_set_holds_when_none_is_active_and_the_last_active_one_wins()
    {
        var pricer = new CallPricer(OneModel("""
            {"from":"2027-01-01","in":1,"out":1},{"from":"2027-02-01","in":2,"out":1},{"from":"2027-01-15","in":3,"out":1}
            """));
        var query = Query(new LlmTokens { UncachedInput = 1 });
        pricer.Price(query).Nanos().ShouldBe(1_000);
        pricer.Price(query with { At = Time("2027-01-10T00:00:00Z") }).Nanos().ShouldBe(1_000);
        pricer.Price(query with { At = Time("2027-03-01T00:00:00Z") }).Nanos().ShouldBe(3_000);
    }

    [Theory]
    [InlineData(null, 10, 20_000)]
    [InlineData("default", 10, 20_000)]
    [InlineData("batch", 10, 10_000)]
    [InlineData("Flex", 10, 12_000)]
    [InlineData("flex", 101, 141_400)] // its own tier
    [InlineData("batch", 101, 404_000)] // no tier of its own: the set's
    [InlineData("priority", 10, 20_000)] // no such price: the standard one
    public void A_service_tier_has_its_own_prices(string? tier, long input, long nanos)
    {
        var pricer = new CallPricer(OneModel("""
            {"in":2,"out":8,"tiers":[{"over":100,"in":4}],
             "batch":{"in":1,"out":4},"flex":{"in":1.2,"out":5,"tiers":[{"over":100,"in":1.4}]}}
            """));
        pricer.Price(Query(new LlmTokens { UncachedInput = input }) with { ServiceTier = tier }).Nanos().ShouldBe(nanos);
    }

    private static DateTimeOffset Time(string text) => DateTimeOffset.Parse(text);
}
