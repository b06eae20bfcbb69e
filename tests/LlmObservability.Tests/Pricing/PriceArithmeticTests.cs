using LlmObservability.Pricing;
using static LlmObservability.Tests.Pricing.PricingTestData;

namespace LlmObservability.Tests.Pricing;

public class PriceArithmeticTests
{
    private const string Joined = """{"in":4,"out":24,"cacheRead":0.4,"audioIn":32,"audioOut":64,"audioCacheRead":0.5}""";

    [Theory]
    [InlineData(1, 0)] // 0.5
    [InlineData(3, 2)] // 1.5
    [InlineData(5, 2)] // 2.5
    [InlineData(7, 4)] // 3.5
    [InlineData(2, 1)]
    public void Half_a_nano_dollar_goes_to_the_even_neighbour(long tokens, long nanos)
    {
        Price("""{"in":0.0005,"out":1}""", new LlmTokens { UncachedInput = tokens }).Nanos().ShouldBe(nanos);
    }

    [Theory]
    [InlineData("0.0015", 3, 4)] // exactly 4.5; in doubles 4.500000000000001
    [InlineData("0.0025", 3, 8)] // exactly 7.5; in doubles 7.499999999999999
    [InlineData("0.0035", 3, 10)] // exactly 10.5; in doubles 10.500000000000002
    [InlineData("0.0045", 7, 32)] // exactly 31.5; in doubles 31.499999999999996
    [InlineData("0.15", 9_007_199_254_740_993, 1_351_079_888_211_148_950)] // a count that no double holds
    public void Amounts_that_doubles_get_wrong_are_exact(string rate, long tokens, long nanos)
    {
        Price($$"""{"in":{{rate}},"out":1}""", new LlmTokens { UncachedInput = tokens }).Nanos().ShouldBe(nanos);
        var twice = $$"""{"in":{{rate}},"out":1,"request":0}""";
        var withFactor = new CallPricer(OneModel(twice, ""","geo":{"x":1}"""));
        withFactor.Price(Query(new LlmTokens { UncachedInput = tokens, Detail = new LlmTokenDetail() })).Nanos().ShouldBe(nanos);
    }

    [Fact]
    public void The_largest_part_takes_what_rounding_left_over()
    {
        // 2.5 + 1.5 + 1.5 = 5.5: the total is 6, the parts round to 2, 2 and 2.
        Price("""{"in":0.0005,"out":0.0005,"cacheRead":0.0005}""", new LlmTokens { UncachedInput = 5, CacheRead = 3, VisibleOutput = 3 })
            .Cost.ShouldBe(new LlmCost { InputNanos = 2, CachedInputNanos = 2, OutputNanos = 2 });

        // 4.5 + 0.5 = 5: the parts round to 4 and 0.
        Price("""{"in":0.0005,"out":0.0005}""", new LlmTokens { UncachedInput = 1, VisibleOutput = 9 })
            .Cost.ShouldBe(new LlmCost { InputNanos = 0, OutputNanos = 5 });

        // 1.5 + 3.5 = 5: the parts round to 2 and 4.
        Price("""{"in":0.0005,"out":0.0005}""", new LlmTokens { UncachedInput = 3, VisibleOutput = 7 })
            .Cost.ShouldBe(new LlmCost { InputNanos = 2, OutputNanos = 3 });
    }

    [Fact]
    public void No_part_falls_below_zero_when_four_small_parts_round_up_together()
    {
        // Four times 0.51 = 2.04: the total is 2, each part rounds to 1.
        var cost = Price(
            """{"in":0.00051,"out":0.00051,"cacheRead":0.00051,"request":0.00000051}""",
            new LlmTokens { UncachedInput = 1, CacheRead = 1, VisibleOutput = 1 }).Cost.ShouldNotBeNull();
        cost.TotalNanos.ShouldBe(2);
        new[] { cost.InputNanos, cost.CachedInputNanos, cost.OutputNanos, cost.FeesNanos }.Min().ShouldBe(0);
    }

    [Fact]
    public void Calls_priced_singly_add_up_to_the_price_of_the_sum()
    {
        var random = new Random(20260821);
        long input = 22_361_870, output = 4_088_665, total = 0;
        while (input + output > 0)
        {
            var tokens = (Input: Math.Min(input, random.Next(1, 60_000)), Output: Math.Min(output, random.Next(1, 12_000)));
            total += Price("openai", "gpt-4o-mini", tokens.Input, tokens.Output).Nanos();
            input -= tokens.Input;
            output -= tokens.Output;
        }

        // 22,361,870 × 150 + 4,088,665 × 600 nano-dollars.
        total.ShouldBe(5_807_479_500);
    }

    [Fact]
    public void A_fine_tuned_repeating_fraction_is_priced_to_its_last_digit()
    {
        // 0.08333333333333334 USD per million: 12,000,000 tokens are 1,000,000,000.00000008 nano-dollars.
        Price("""{"in":1,"out":1,"cacheWrite":0.08333333333333334}""", new LlmTokens { CacheWrite5m = 12_000_000 })
            .Nanos().ShouldBe(1_000_000_000);
    }

    [Fact]
    public void Cached_audio_with_a_price_of_its_own_leaves_both_its_parents()
    {
        // 400 text at 4, 100 cached text at 0.4, 300 audio at 32, 200 cached audio at 0.5, 10 audio out at 64.
        var cost = Price(Joined, new LlmTokens
        {
            UncachedInput = 400,
            CacheRead = 100,
            Detail = new LlmTokenDetail { AudioInput = 300, AudioCacheRead = 200, AudioOutput = 10 },
        }).Cost;
        cost.ShouldBe(new LlmCost { InputNanos = 1_600_000 + 9_600_000, CachedInputNanos = 40_000 + 100_000, OutputNanos = 640_000 });
    }

    [Theory]
    [InlineData("""{"in":4,"out":8}""", 4_000)] // neither priced: input
    [InlineData("""{"in":4,"out":8,"cacheRead":1}""", 1_000)] // cached only
    [InlineData("""{"in":4,"out":8,"audioIn":6}""", 6_000)] // audio only
    [InlineData("""{"in":4,"out":8,"cacheRead":1,"audioIn":6}""", 3_000)] // both: 1 + 6 - 4
    public void Cached_audio_without_a_price_stays_in_its_parents(string prices, long nanos)
    {
        var priced = Price(prices, new LlmTokens { UncachedInput = 1, Detail = new LlmTokenDetail { AudioCacheRead = 1 } });
        (priced.Nanos() - 4_000).ShouldBe(nanos);
    }

    [Fact]
    public void Cached_audio_that_two_prices_claim_is_invalid_when_no_plain_input_is_left_to_balance_it()
    {
        Price("""{"in":4,"out":8,"cacheRead":1,"audioIn":6}""", new LlmTokens { Detail = new LlmTokenDetail { AudioCacheRead = 1 } })
            .Reason.ShouldBe(LlmCostReason.InvalidUsage);
    }

    [Fact]
    public void Every_class_without_a_price_is_billed_as_its_parent()
    {
        Price("""{"in":2,"out":10}""", new LlmTokens
        {
            UncachedInput = 1,
            CacheRead = 1,
            CacheWrite5m = 1,
            CacheWrite1h = 1,
            VisibleOutput = 1,
            Reasoning = 1,
            Detail = new LlmTokenDetail
            {
                AudioInput = 1,
                ImageInput = 1,
                VideoInput = 1,
                AudioCacheRead = 1,
                ImageCacheRead = 1,
                AudioOutput = 1,
                ImageOutput = 1,
                VideoOutput = 1,
                Citation = 1,
            },
        }).Nanos().ShouldBe((9 * 2_000) + (6 * 10_000));
    }

    [Fact]
    public void An_hour_long_cache_write_is_billed_at_its_own_price_else_as_a_short_one()
    {
        Price("""{"in":2,"out":1,"cacheWrite":3,"cacheWrite1h":5}""", new LlmTokens { CacheWrite1h = 10 }).Nanos().ShouldBe(50_000);
        Price("""{"in":2,"out":1,"cacheWrite":3}""", new LlmTokens { CacheWrite1h = 10 }).Nanos().ShouldBe(30_000);
        Price("""{"in":2,"out":1,"cacheWrite1h":5}""", new LlmTokens { CacheWrite5m = 10 }).Nanos().ShouldBe(20_000);
    }

    [Fact]
    public void Reasoning_and_citations_are_billed_at_their_own_prices_and_searches_as_fees()
    {
        // sonar-deep-research: in 2, out 8, reasoning 3, citation 2 per million, 5 per thousand searches.
        DefaultPricer.Price(new PriceQuery
        {
            Provider = "perplexity",
            ResponseModel = "sonar-deep-research",
            At = Noon,
            WebSearches = 7,
            Tokens = new LlmTokens
            {
                Source = LlmUsageSource.Reported,
                UncachedInput = 100,
                VisibleOutput = 1_000,
                Reasoning = 5_000,
                Detail = new LlmTokenDetail { Citation = 20 },
            },
        }).Cost.ShouldBe(new LlmCost { InputNanos = 200_000, OutputNanos = 8_000_000 + 15_000_000 + 40_000, FeesNanos = 35_000_000 });
    }

    [Fact]
    public void A_fee_per_request_is_charged_once_and_is_not_multiplied()
    {
        var pricer = new CallPricer(OneModel("""{"in":1,"out":1,"request":12,"webSearch":10}""", ""","geo":{"us":1.1},"speed":{"fast":6}"""));
        var query = Query(new LlmTokens { UncachedInput = 1_000 }) with { Geo = "US", Speed = "Fast", WebSearches = 2 };
        pricer.Price(query).Cost.ShouldBe(new LlmCost { InputNanos = 6_600_000, FeesNanos = 12_000_000 + 20_000_000 });
        pricer.Price(query with { Geo = null, Speed = "unheard of" }).Cost
            .ShouldBe(new LlmCost { InputNanos = 1_000_000, FeesNanos = 32_000_000 });
    }

    [Theory]
    [InlineData(-1, 0, 0)]
    [InlineData(0, -1, 0)]
    [InlineData(0, 0, -1)]
    [InlineData(long.MinValue, long.MaxValue, 0)]
    public void A_negative_count_is_invalid_usage_and_names_the_entry(long input, long cached, long output)
    {
        var priced = Price("""{"in":1,"out":1}""", new LlmTokens { UncachedInput = input, CacheRead = cached, VisibleOutput = output });
        priced.ShouldBe(new PricedCost(null, LlmCostReason.InvalidUsage, "p/m", new DateOnly(2026, 1, 2)));
    }

    [Fact]
    public void A_negative_number_of_searches_is_invalid_usage()
    {
        var query = Query(new LlmTokens { UncachedInput = 1 }) with { WebSearches = -1 };
        new CallPricer(OneModel("""{"in":1,"out":1}""")).Price(query).Reason.ShouldBe(LlmCostReason.InvalidUsage);
    }

    [Fact]
    public void An_amount_that_does_not_fit_is_out_of_range_and_the_largest_that_does_is_exact()
    {
        const string Prices = """{"in":1000,"out":1000}""";
        // A million nano-dollars a token: long holds 9,223,372,036,854.775807 million.
        Price(Prices, new LlmTokens { UncachedInput = 9_223_372_036_854 }).Nanos().ShouldBe(9_223_372_036_854_000_000);
        Price(Prices, new LlmTokens { UncachedInput = 9_223_372_036_855 }).Reason.ShouldBe(LlmCostReason.OutOfRange);
        Price(Prices, new LlmTokens { UncachedInput = long.MaxValue, VisibleOutput = long.MaxValue })
            .ShouldBe(new PricedCost(null, LlmCostReason.OutOfRange, "p/m", new DateOnly(2026, 1, 2)));
    }

    [Fact]
    public void Missing_usage_has_no_cost()
    {
        var query = Query(default) with { Tokens = default };
        new CallPricer(OneModel("""{"in":1,"out":1}""")).Price(query)
            .ShouldBe(new PricedCost(null, LlmCostReason.MissingUsage, null, null));
    }

    [Fact]
    public void Output_of_a_model_that_has_no_output_price_is_unknown_and_never_free()
    {
        Price("openai", "text-embedding-3-small", 7, 0).Nanos().ShouldBe(140);
        var priced = Price("openai", "text-embedding-3-small", 7, 1);
        (priced.Cost, priced.Reason).ShouldBe((null, LlmCostReason.UnknownModel));
    }

    [Fact]
    public void A_price_of_zero_means_free() => Price("""{"in":0,"out":0}""", new LlmTokens { UncachedInput = 5 }).Nanos().ShouldBe(0);

    [Fact]
    public void Pricing_a_seen_model_allocates_nothing()
    {
        var query = Query(new LlmTokens { UncachedInput = 1_234, CacheRead = 100, VisibleOutput = 567 });
        var pricers = new[] { """{"in":0.15,"out":0.6}""", """{"in":0.15,"out":0.6,"request":5}""" }
            .Select(p => new CallPricer(OneModel(p))).ToArray();

        // The least of several rounds: what the runtime itself does only ever adds.
        var least = long.MaxValue;
        for (var round = 0; round < 20; round++)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            for (var i = 0; i < 200; i++)
            {
                pricers[i % 2].Price(query);
            }

            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }

        least.ShouldBe(0);
    }
}
