using LlmObservability.Pricing;
using static LlmObservability.Tests.Pricing.PricingTestData;

namespace LlmObservability.Tests.Pricing;

public class CostExplanationTests
{
    private const string Rates =
        """{"in":3,"out":15,"cacheRead":0.3,"cacheWrite":3.75,"request":5,"webSearch":10,"tiers":[{"over":200000,"in":6}],"batch":{"in":1.5}}""";

    public static TheoryData<string> Ids => PriceSampleCasesTests.Ids;

    [Theory]
    [MemberData(nameof(Ids))]
    public void A_cases_explanation_adds_up_to_its_price(string id)
    {
        var query = PriceSampleCasesTests.QueryOf(id);

        DefaultPricer.Explain(query).ShouldAddUpTo(DefaultPricer.Price(query));
    }

    [Fact]
    public void Each_class_has_its_line_with_quantity_rate_and_exact_amount()
    {
        var explanation = Explain(Rates, new LlmTokens { UncachedInput = 7, CacheRead = 3, CacheWrite5m = 1, VisibleOutput = 2 }, webSearches: 2);

        Text(explanation).ShouldBe(
            [
                "input as input: 7 x 3 per 1000000 = 21000",
                "cache_write_5m as cache_write_5m: 1 x 3.75 per 1000000 = 3750",
                "cache_read as cache_read: 3 x 0.3 per 1000000 = 900",
                "output as output: 2 x 15 per 1000000 = 30000",
                "request as request: 1 x 5 per 1000 = 5000000",
                "web_search as web_search: 2 x 10 per 1000 = 20000000",
            ]);
        explanation.ExactNanos.ShouldBe(25_055_650);
        explanation.Cost!.Value.TotalNanos.ShouldBe(25_055_650);
        explanation.PriceEntry.ShouldBe("p/m");
        explanation.CatalogDate.ShouldBe(new DateOnly(2026, 1, 2));
        explanation.PriceSet.ShouldBe("always");
        explanation.ServiceTier.ShouldBe("standard");
        explanation.Over.ShouldBeNull();
        explanation.Recorded.ShouldBeNull();
        explanation.AgreesWithRecord.ShouldBeTrue();
    }

    [Fact]
    public void A_class_without_a_price_of_its_own_names_its_parent_and_shows_its_rate()
    {
        var tokens = new LlmTokens
        {
            CacheRead = 1,
            CacheWrite1h = 1,
            Reasoning = 1,
            Detail = new LlmTokenDetail { VideoInput = 1, Citation = 1 },
        };

        Text(Explain("""{"in":3,"out":15,"cacheWrite":4}""", tokens)).ShouldBe(
            [
                "cache_write_1h as cache_write_5m: 1 x 4 per 1000000 = 4000",
                "cache_read as input: 1 x 3 per 1000000 = 3000",
                "reasoning as output: 1 x 15 per 1000000 = 15000",
                "video_input as input: 1 x 3 per 1000000 = 3000",
                "citation as output: 1 x 15 per 1000000 = 15000",
            ]);
    }

    [Fact]
    public void Cached_audio_without_a_price_is_billed_as_both_and_taken_off_the_input()
    {
        var tokens = new LlmTokens { UncachedInput = 10, Detail = new LlmTokenDetail { AudioCacheRead = 4 } };

        Text(Explain("""{"in":4,"out":24,"cacheRead":0.4,"audioIn":32}""", tokens)).ShouldBe(
            [
                "input as input: 6 x 4 per 1000000 = 24000",
                "audio_cache_read as audio_input+cache_read: 4 x 32.4 per 1000000 = 129600",
            ]);
    }

    [Theory]
    [InlineData(200_000, null, "3")]
    [InlineData(200_001, 200_000L, "6")]
    public void The_context_tier_is_named_by_its_bound(long tokens, long? over, string rate)
    {
        var explanation = Explain(Rates, new LlmTokens { UncachedInput = tokens });

        explanation.Over.ShouldBe(over);
        explanation.Lines[0].Rate.ToString(System.Globalization.CultureInfo.InvariantCulture).ShouldBe(rate);
    }

    [Theory]
    [InlineData("BATCH", "batch")]
    [InlineData("priority", "standard")]
    [InlineData(null, "standard")]
    public void The_service_tier_is_the_one_that_applied(string? asked, string applied)
    {
        var pricer = new CallPricer(OneModel(Rates));

        pricer.Explain(Query(new LlmTokens { UncachedInput = 1 }) with { ServiceTier = asked }).ServiceTier.ShouldBe(applied);
    }

    [Theory]
    [InlineData(2026, 8, 3, 1, "from 2026-07-01, 00:30-16:30 UTC, mon tue")]
    [InlineData(2026, 8, 5, 1, "from 2026-06-01")]
    [InlineData(2026, 1, 1, 1, "always")]
    public void The_price_set_is_named_by_when_it_holds(int year, int month, int day, int hour, string name)
    {
        var pricer = new CallPricer(OneModel(
            """
            {"in":1,"out":1},{"from":"2026-06-01","in":2,"out":2},
            {"from":"2026-07-01","hoursUtc":["00:30-16:30"],"days":["mon","tue"],"in":3,"out":3}
            """));
        var at = new DateTimeOffset(year, month, day, hour, 0, 0, TimeSpan.Zero);

        pricer.Explain(Query(new LlmTokens { UncachedInput = 1 }) with { At = at }).PriceSet.ShouldBe(name);
    }

    [Fact]
    public void Multipliers_are_on_tokens_and_not_on_fees()
    {
        var pricer = new CallPricer(OneModel("""{"in":1,"out":1,"request":1}""", ""","geo":{"us":1.1},"speed":{"fast":6}"""));
        var query = Query(new LlmTokens { UncachedInput = 10 }) with { Geo = "us", Speed = "fast" };

        var explanation = pricer.Explain(query);

        (explanation.Geo, explanation.GeoMultiplier).ShouldBe(("us", 1.1m));
        (explanation.Speed, explanation.SpeedMultiplier).ShouldBe(("fast", 6m));
        explanation.ExactNanos.ShouldBe(66_000 + 1_000_000);
        explanation.ShouldAddUpTo(pricer.Price(query));
    }

    [Fact]
    public void What_has_no_cost_has_no_lines()
    {
        var unknown = DefaultPricer.Explain(new PriceQuery { ResponseModel = "no-such-model-0", Tokens = new() { Source = LlmUsageSource.Reported } });
        unknown.Reason.ShouldBe(LlmCostReason.UnknownModel);
        (unknown.PriceEntry, unknown.PriceSet, unknown.ServiceTier).ShouldBe((null, null, null));
        unknown.Lines.ShouldBeEmpty();

        var invalid = Explain(Rates, new LlmTokens { UncachedInput = -1 });
        invalid.Reason.ShouldBe(LlmCostReason.InvalidUsage);
        invalid.PriceEntry.ShouldBe("p/m");
        invalid.Lines.ShouldBeEmpty();

        // Some lines are there before the class without any price is met.
        var half = Explain("""{"in":1}""", new LlmTokens { UncachedInput = 1, VisibleOutput = 1 });
        half.Reason.ShouldBe(LlmCostReason.UnknownModel);
        (half.Cost, half.ExactNanos).ShouldBe((null, null));
        half.Lines.ShouldBeEmpty();
    }

    [Fact]
    public void A_stored_call_is_explained_from_its_own_columns()
    {
        var pricer = new CallPricer(OneModel(Rates, ""","geo":{"us":1.1},"speed":{"fast":6}"""));
        var tokens = new LlmTokens { Source = LlmUsageSource.Reported, UncachedInput = 11, VisibleOutput = 3 };
        var priced = pricer.Price(Query(tokens) with { WebSearches = 3, ServiceTier = "batch", Geo = "us", Speed = "fast" });
        var call = Call(priced, tokens) with { ServiceTier = "batch", Geo = "us", Speed = "fast", WebSearchCount = 3 };

        var explanation = pricer.Explain(call);

        explanation.ShouldAddUpTo(priced);
        explanation.Recorded.ShouldBe(priced);
        explanation.AgreesWithRecord.ShouldBeTrue();
        explanation.ServiceTier.ShouldBe("batch");
        (explanation.GeoMultiplier, explanation.SpeedMultiplier).ShouldBe((1.1m, 6m));
        explanation.Lines[^1].Quantity.ShouldBe(3);
    }

    [Fact]
    public void A_search_without_a_price_is_a_line_that_says_so()
    {
        var line = Explain("""{"in":1,"out":1}""", new LlmTokens { UncachedInput = 1 }, webSearches: 2).Lines[^1];
        (line.Class, line.BilledAs, line.Quantity, line.AmountNanos).ShouldBe(("web_search", CostLine.NoPrice, 2, 0m));
        Explain("""{"in":1,"out":1,"webSearch":0}""", new LlmTokens { UncachedInput = 1 }, webSearches: 2).Lines[^1].BilledAs.ShouldBe("web_search");
    }

    [Fact]
    public void A_call_of_several_attempts_is_explained_attempt_by_attempt()
    {
        var pricer = new CallPricer(OneModel("""{"in":1,"out":2,"request":3,"tiers":[{"over":99,"in":10}],"batch":{"in":0.5}}"""));
        var tokens = new LlmTokens { Source = LlmUsageSource.Reported, UncachedInput = 60, VisibleOutput = 5 };
        LlmAttempt Attempt(int ordinal, PricedCost priced) => new()
        {
            Ordinal = ordinal,
            StartedAt = Noon,
            Outcome = LlmOutcome.Completed,
            Provider = "p",
            ResponseModel = "m",
            Tokens = tokens,
            Cost = priced.Cost,
            CostReason = priced.Reason,
            PriceEntry = priced.PriceEntry,
        };
        var (first, second) = (pricer.Price(Query(tokens)), pricer.Price(Query(tokens) with { ServiceTier = "batch" }));
        var whole = new LlmCost
        {
            InputNanos = first.Cost!.Value.InputNanos + second.Cost!.Value.InputNanos,
            OutputNanos = first.Cost!.Value.OutputNanos + second.Cost!.Value.OutputNanos,
            FeesNanos = first.Cost!.Value.FeesNanos + second.Cost!.Value.FeesNanos,
        };
        var call = Call(first, tokens with { UncachedInput = 120, VisibleOutput = 10 }) with { Cost = whole, ServiceTier = "batch" };

        var explained = pricer.Explain(call, [Attempt(1, first), Attempt(2, second)]);

        explained.Count.ShouldBe(2);
        explained.ShouldAllBe(explanation => explanation.AgreesWithRecord && explanation.Over == null);
        explained.Sum(explanation => explanation.Cost!.Value.TotalNanos).ShouldBe(whole.TotalNanos);
        // As one request it would have been above the tier, and have one fee.
        pricer.Explain(call).AgreesWithRecord.ShouldBeFalse();
        pricer.Explain(Call(first, tokens), []).ShouldHaveSingleItem().AgreesWithRecord.ShouldBeTrue();
    }

    [Fact]
    public void A_stored_call_that_other_prices_were_paid_for_says_so()
    {
        var tokens = new LlmTokens { Source = LlmUsageSource.Reported, UncachedInput = 11 };
        var priced = new CallPricer(OneModel("""{"in":2,"out":2}""")).Price(Query(tokens));

        var explanation = new CallPricer(OneModel("""{"in":3,"out":3}""")).Explain(Call(priced, tokens));

        explanation.Cost!.Value.TotalNanos.ShouldBe(33_000);
        explanation.Recorded!.Value.Cost!.Value.TotalNanos.ShouldBe(22_000);
        explanation.AgreesWithRecord.ShouldBeFalse();
    }

    [Theory]
    [InlineData(LlmCostReason.ReportedByProvider, 5L)]
    [InlineData(LlmCostReason.Cached, 0L)]
    [InlineData(LlmCostReason.IncompleteUsage, null)]
    public void A_stored_cost_that_no_catalog_made_is_given_back_as_it_is(LlmCostReason reason, long? nanos)
    {
        var recorded = new PricedCost(nanos is { } n ? new LlmCost { InputNanos = n } : null, reason, null, null);

        var explanation = new CallPricer(OneModel(Rates)).Explain(Call(recorded, new LlmTokens { UncachedInput = 1 }));

        explanation.Reason.ShouldBe(reason);
        explanation.Cost.ShouldBe(recorded.Cost);
        explanation.Lines.ShouldBeEmpty();
        explanation.AgreesWithRecord.ShouldBeTrue();
    }

    private static LlmCall Call(PricedCost priced, LlmTokens tokens) => new()
    {
        Id = LlmCallId.Create(Noon),
        StartedAt = Noon,
        Outcome = LlmOutcome.Completed,
        Provider = "p",
        ResponseModel = "m",
        Tokens = tokens,
        Cost = priced.Cost,
        CostReason = priced.Reason,
        PriceEntry = priced.PriceEntry,
        CatalogDate = priced.CatalogDate,
    };

    private static CostExplanation Explain(string priceSets, LlmTokens tokens, int webSearches = 0)
    {
        return new CallPricer(OneModel(priceSets)).Explain(Query(tokens) with { WebSearches = webSearches });
    }

    private static IEnumerable<string> Text(CostExplanation explanation)
    {
        return explanation.Lines.Select(l => string.Create(
            System.Globalization.CultureInfo.InvariantCulture,
            $"{l.Class} as {l.BilledAs}: {l.Quantity} x {l.Rate} per {l.RateUnit} = {l.AmountNanos}"));
    }
}
