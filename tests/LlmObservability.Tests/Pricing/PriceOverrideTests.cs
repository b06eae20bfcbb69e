using LlmObservability.Pricing;
using static LlmObservability.Tests.Pricing.PricingTestData;

namespace LlmObservability.Tests.Pricing;

public class PriceOverrideTests
{
    [Fact]
    public void An_override_beats_the_catalog_and_is_named_as_one()
    {
        var pricer = Pricer(new PriceOverride { Model = "GPT-4o", Input = 1, Output = 2, CachedInput = 0.5m, CacheWrite = 3 });
        var priced = pricer.Price(Query("openai", "gpt-4o", null));
        priced.PriceEntry.ShouldBe("override/GPT-4o");
        priced.CatalogDate.ShouldBe(new DateOnly(2026, 8, 21));
        // 100 × 1, 10 × 0.5, 20 × 3 + 30 × 3, 40 × 2.
        priced.Cost.ShouldBe(new LlmCost { InputNanos = 100_000 + 60_000 + 90_000, CachedInputNanos = 5_000, OutputNanos = 80_000 });
    }

    [Fact]
    public void Cached_and_written_input_without_a_price_is_billed_as_input()
    {
        Pricer(new PriceOverride { Model = "gpt-4o", Input = 1, Output = 2 }).Price(Query("openai", "gpt-4o", null))
            .Cost.ShouldBe(new LlmCost { InputNanos = 150_000, CachedInputNanos = 10_000, OutputNanos = 80_000 });
    }

    [Fact]
    public void An_override_for_the_requested_deployment_beats_the_catalogs_entry_for_the_answering_model()
    {
        Pricer(new PriceOverride { Model = "my-deployment", Input = 1, Output = 1 })
            .Price(Query("azure.ai.openai", "gpt-4o", "my-deployment")).PriceEntry.ShouldBe("override/my-deployment");
    }

    [Theory]
    [InlineData("openai", "openai", true)]
    [InlineData("azure", "az.ai.openai", true)] // two names of one provider
    [InlineData("openai", "anthropic", false)]
    [InlineData("openai", null, true)] // inferred from gpt-4o
    [InlineData("anthropic", null, false)]
    [InlineData("ollama", "OLLAMA", true)] // a provider that no catalog knows
    [InlineData(null, "anything", true)]
    [InlineData(" ", null, true)]
    public void An_override_holds_for_its_provider_only(string? wanted, string? provider, bool applies)
    {
        var priced = Pricer(new PriceOverride { Provider = wanted, Model = "gpt-4o", Input = 1, Output = 1 })
            .Price(Query(provider, "gpt-4o", null));
        (priced.PriceEntry == "override/gpt-4o").ShouldBe(applies);
    }

    [Fact]
    public void Exact_overrides_beat_patterns_and_closer_patterns_beat_wider_ones()
    {
        var pricer = Pricer(
            new PriceOverride { Model = "*", Input = 1, Output = 1 },
            new PriceOverride { Model = "gpt-#o", Input = 1, Output = 1 },
            new PriceOverride { Model = "gpt-*", Input = 1, Output = 1 },
            new PriceOverride { Model = "gpt-4.1", Input = 1, Output = 1 });
        pricer.Price(Query("openai", "gpt-4o", null)).PriceEntry.ShouldBe("override/gpt-#o");
        pricer.Price(Query("openai", "gpt-4.1", null)).PriceEntry.ShouldBe("override/gpt-4.1");
        pricer.Price(Query("openai", "gpt-x", null)).PriceEntry.ShouldBe("override/gpt-*");
        pricer.Price(Query(null, "llama", null)).PriceEntry.ShouldBe("override/*");
    }

    [Fact]
    public void Later_overrides_beat_earlier_ones_and_the_original_catalog_is_unchanged()
    {
        var first = PriceCatalog.LoadDefault().With([new PriceOverride { Model = "gpt-4o", Input = 1, Output = 0 }]);
        var second = first.With([new PriceOverride { Model = "gpt-4o", Input = 2, Output = 0 }]);
        new CallPricer(second).Price(Query("openai", "gpt-4o", null)).Nanos().ShouldBe(320_000);
        new CallPricer(first).Price(Query("openai", "gpt-4o", null)).Nanos().ShouldBe(160_000);
        DefaultPricer.Price(Query("openai", "gpt-4o", null)).PriceEntry.ShouldBe("openai/gpt-4o");
    }

    [Fact]
    public void An_override_is_copied()
    {
        var mine = new PriceOverride { Model = "gpt-4o", Input = 1, Output = 1 };
        var pricer = Pricer(mine);
        mine.Input = 100;
        pricer.Price(Query("openai", "gpt-4o", null)).Cost.ShouldNotBeNull().OutputNanos.ShouldBe(40_000);
        pricer.Price(Query("openai", "gpt-4o", null)).Cost.ShouldNotBeNull().InputNanos.ShouldBe(150_000);
    }

    public static TheoryData<string> Names => [.. OverridePrice.All.Select(kind => kind.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void Each_price_bills_its_own_class_alone(string name)
    {
        var kind = OverridePrice.All.Single(k => k.Name == name);
        var item = new PriceOverride { Model = "m", Input = 0, Output = 0 };
        var detail = new LlmTokenDetail { AudioInput = 6, ImageInput = 7, AudioOutput = 8, ImageOutput = 9 };
        var counts = new Dictionary<string, int>
        {
            ["Input"] = 1 + 2 + 3 + 4 + 6 + 7,
            ["CachedInput"] = 2,
            ["CacheWrite"] = 3 + 4,
            ["CacheWrite1h"] = 4,
            ["AudioInput"] = 6,
            ["ImageInput"] = 7,
            ["Output"] = 10 + 5 + 8 + 9,
            ["Reasoning"] = 5,
            ["AudioOutput"] = 8,
            ["ImageOutput"] = 9,
            ["Request"] = 1_000,
            ["WebSearch"] = 2_000,
        };
        kind.Set(item, 1);
        new CallPricer(PriceCatalog.LoadDefault().With([item])).Price(new PriceQuery
        {
            RequestModel = "m",
            At = Noon,
            WebSearches = 2,
            Tokens = new LlmTokens
            {
                Source = LlmUsageSource.Reported,
                UncachedInput = 1,
                CacheRead = 2,
                CacheWrite5m = 3,
                CacheWrite1h = 4,
                Reasoning = 5,
                VisibleOutput = 10,
                Detail = detail,
            },
        }).Nanos().ShouldBe(1_000L * counts[name]);
    }

    [Fact]
    public void A_faulty_override_is_refused_by_name()
    {
        Refused(new PriceOverride { Input = 1, Output = 1 }).ShouldContain("'[0].Model'");
        Refused(new PriceOverride { Model = "m", Output = 1 }).ShouldContain("model 'm', field '[0].Input'");
        Refused(new PriceOverride { Model = "m", Input = 1 }).ShouldContain("'[0].Output'");
        Refused(new PriceOverride { Provider = "p", Model = "m", Input = -1, Output = 1 }).ShouldContain("provider 'p', model 'm'");
        Refused(new PriceOverride { Model = "m", Input = 1, Output = 1, CachedInput = 1_000_001 }).ShouldContain("CachedInput");
    }

    private static string Refused(PriceOverride item)
    {
        return Should.Throw<PriceCatalogException>(() => PriceCatalog.LoadDefault().With([item])).Message;
    }

    private static CallPricer Pricer(params PriceOverride[] overrides) => new(PriceCatalog.LoadDefault().With(overrides));

    private static PriceQuery Query(string? provider, string response, string? request) => new()
    {
        Provider = provider,
        ResponseModel = response,
        RequestModel = request,
        At = Noon,
        Tokens = new LlmTokens
        {
            Source = LlmUsageSource.Reported,
            UncachedInput = 100,
            CacheRead = 10,
            CacheWrite5m = 20,
            CacheWrite1h = 30,
            VisibleOutput = 40,
        },
    };
}
