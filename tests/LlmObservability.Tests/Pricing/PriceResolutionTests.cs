using LlmObservability.Pricing;
using static LlmObservability.Tests.Pricing.PricingTestData;

namespace LlmObservability.Tests.Pricing;

public class PriceResolutionTests
{
    private static readonly PriceCatalog Catalog = Parse("""
        {"schema":"llm-prices/1","sourceDate":"2026-01-02","providers":[
         {"id":"one","names":["uno"],"hosts":["one.example","api-*.one.test"],"infer":["al*"],"fallback":["two"],"models":[
          {"id":"short","match":["al*"],"prices":[{"in":1,"out":1}]},
          {"id":"long","match":["alpha-*"],"prices":[{"in":2,"out":1}]},
          {"id":"also-long","match":["alph*-"],"prices":[{"in":3,"out":1}]},
          {"id":"exact","match":["Alpha-Exact"],"prices":[{"in":4,"out":1}]},
          {"id":"digits","match":["beta-####"],"prices":[{"in":5,"out":1}]}]},
         {"id":"two","infer":["gam*"],"models":[
          {"id":"gamma","prices":[{"in":6,"out":1}]},
          {"id":"delta","prices":[{"in":7,"out":1}]}]},
         {"id":"three","hosts":["three.example"],"models":[]}]}
        """);

    [Fact]
    public void What_was_found_for_one_call_is_not_taken_for_another_that_differs_in_one_name()
    {
        var pricer = new CallPricer(PriceCatalog.LoadDefault());
        var query = PricingTestData.Query(new LlmTokens { UncachedInput = 1 }) with { Provider = "openai", ResponseModel = "no-such-0", RequestModel = "gpt-4o" };
        pricer.Price(query).PriceEntry.ShouldBe("openai/gpt-4o");
        pricer.Price(query with { RequestModel = "gpt-4.1" }).PriceEntry.ShouldBe("openai/gpt-4.1");
        pricer.Price(query with { Provider = "azure" }).PriceEntry.ShouldBe("azure-openai/gpt-4o");
        pricer.Price(query with { Provider = "aws" }).PriceEntry.ShouldBeNull();
        pricer.Price(query with { ResponseModel = "o3" }).PriceEntry.ShouldBe("openai/o3");
        pricer.Price(query with { ServerAddress = "openai.azure.com" }).PriceEntry.ShouldBe("azure-openai/gpt-4o");
        pricer.Price(query).PriceEntry.ShouldBe("openai/gpt-4o");
    }

    [Fact]
    public void Names_of_one_length_and_end_are_told_apart()
    {
        var pricer = new CallPricer(PricingTestData.Parse("""
            {"schema":"llm-prices/1","sourceDate":"2026-01-02","providers":[
             {"id":"a-provider","hosts":["a.example"],"models":[{"id":"a-model","prices":[{"in":1}]},{"id":"b-model","prices":[{"in":2}]}]},
             {"id":"b-provider","hosts":["b.example"],"models":[{"id":"a-model","prices":[{"in":3}]},{"id":"b-model","prices":[{"in":4}]}]}]}
            """));
        string? Entry(string? provider, string? host, string? response, string? request) => pricer.Price(
            PricingTestData.Query(new LlmTokens { UncachedInput = 1 }) with
            {
                Provider = provider,
                ServerAddress = host,
                ResponseModel = response,
                RequestModel = request,
            }).PriceEntry;

        Entry("a-provider", null, "new", "a-model").ShouldBe("a-provider/a-model");
        Entry("a-provider", null, "new", "b-model").ShouldBe("a-provider/b-model");
        Entry("b-provider", null, "new", "a-model").ShouldBe("b-provider/a-model");
        Entry(null, "a.example", "new", "a-model").ShouldBe("a-provider/a-model");
        Entry(null, "b.example", "new", "a-model").ShouldBe("b-provider/a-model");
        Entry("a-provider", null, "a-model", "a-model").ShouldBe("a-provider/a-model");
        Entry("a-provider", null, "b-model", "a-model").ShouldBe("a-provider/b-model");
    }

    [Theory]
    [InlineData("api.b.example", "a", "b/m")]
    [InlineData("eu.API.b.example", "a", "b/m")]
    [InlineData("elsewhere.example", "a", "a/m")]
    [InlineData("api.b.example", null, "b/m")]
    public void The_host_that_was_called_goes_before_the_name_that_the_client_gives(string host, string? provider, string entry)
    {
        var catalog = PricingTestData.Parse("""
            {"schema":"llm-prices/1","sourceDate":"2026-01-02","providers":[
             {"id":"a","models":[{"id":"m","prices":[{"in":1,"out":1}]}]},
             {"id":"b","hosts":["api.b.example"],"models":[{"id":"m","prices":[{"in":2,"out":2}]}]}]}
            """);
        var query = PricingTestData.Query(new LlmTokens { UncachedInput = 1 }) with { Provider = provider, ServerAddress = host };
        new CallPricer(catalog).Price(query).PriceEntry.ShouldBe(entry);
    }

    [Theory]
    [InlineData("one", "alpha-exact", "one/exact")]
    [InlineData("ONE", "ALPHA-EXACT", "one/exact")]
    [InlineData("uno", "alpha-7", "one/long")]
    [InlineData("one", "alpha-", "one/long")] // as many literals as 'alph*-': file order
    [InlineData("one", "alphx-", "one/also-long")]
    [InlineData("one", "al", "one/short")]
    [InlineData("one", "beta-2026", "one/digits")]
    [InlineData("one", "beta-202", null)]
    [InlineData("one", "beta-202x", null)]
    [InlineData("one", "gamma", "one/gamma")] // fallback: the prices of 'two', under the provider that was asked
    [InlineData("two", "alpha-exact", null)] // not the other way
    [InlineData(null, "gamma", "two/gamma")] // inferred
    [InlineData(null, "alpha-9", "one/long")]
    [InlineData(null, "delta", null)] // nothing infers it
    [InlineData("", "gamma", "two/gamma")]
    [InlineData("ollama", "gamma", null)] // a stated provider is never replaced by a guess
    public void A_model_is_found_by_exact_name_then_pattern_then_fallback(string? provider, string model, string? entry)
    {
        Entry(provider, null, model, null).ShouldBe(entry);
    }

    [Theory]
    [InlineData("one.example", "one/short")]
    [InlineData("eu.ONE.example", "one/short")]
    [InlineData("notone.example", null)]
    [InlineData("api-7.one.test", "one/short")]
    public void A_provider_is_known_by_its_host(string host, string? entry)
    {
        Entry(null, host, "al", null).ShouldBe(entry ?? "one/short");
        Entry("ollama", host, "al", null).ShouldBe(entry);
        Entry("two", host, "al", null).ShouldBe(entry);
    }

    [Fact]
    public void The_named_provider_is_asked_when_the_host_is_unknown_or_its_provider_lacks_the_model()
    {
        Entry("one", "unknown.example", "al", null).ShouldBe("one/short");
        Entry("one", "three.example", "al", null).ShouldBe("one/short");
        Entry("two", "three.example", "delta", null).ShouldBe("two/delta");
    }

    [Fact]
    public void The_responses_model_is_priced_first_and_the_requests_when_it_is_unknown()
    {
        Entry("one", null, "alpha-exact", "al").ShouldBe("one/exact");
        Entry("one", null, "unheard", "al").ShouldBe("one/short");
        Entry("one", null, null, "al").ShouldBe("one/short");
        Entry("one", null, " ", null).ShouldBeNull();
        Entry(null, null, null, null).ShouldBeNull();
    }

    [Fact]
    public void An_unknown_model_has_no_cost()
    {
        PricingTestData.Price("openai", "no-such-model", 10, 10)
            .ShouldBe(new PricedCost(null, LlmCostReason.UnknownModel, null, null));
    }

    [Theory]
    [InlineData("azure.ai.openai", "gpt-35-turbo", "azure-openai/gpt-3.5-turbo")]
    [InlineData("gcp.vertex_ai", "gemini-2.5-pro", "google/gemini-2.5-pro")]
    [InlineData("aws.bedrock", "eu.anthropic.claude-sonnet-4-5-20250929-v1:0", "aws-bedrock/regional.anthropic.claude-sonnet-4-5-20250929-v1:0")]
    [InlineData("x_ai", "grok-3", "xai/grok-3")]
    [InlineData("mistral_ai", "mistral-embed", "mistral/mistral-embed")]
    [InlineData("ollama", "gpt-4o", null)]
    public void The_conventions_provider_names_are_known(string provider, string model, string? entry)
    {
        PricingTestData.Price(provider, model, 1, 0).PriceEntry.ShouldBe(entry);
    }

    [Fact]
    public void An_openai_client_pointed_at_another_providers_host_is_priced_as_that_provider()
    {
        DefaultPricer.Price(new PriceQuery
        {
            Provider = "openai",
            ServerAddress = "openrouter.ai",
            ResponseModel = "anthropic/claude-sonnet-4.5",
            Tokens = new LlmTokens { Source = LlmUsageSource.Reported, UncachedInput = 1 },
        }).PriceEntry.ShouldBe("openrouter/anthropic/claude-sonnet-4.5");
    }

    [Fact]
    public void The_cache_of_names_stays_bounded_and_right()
    {
        var catalog = Catalog.With([new PriceOverride { Model = "never", Input = 1, Output = 1 }]);
        for (var i = 0; i < 10_000; i++)
        {
            var found = catalog.Resolver.Find(new PriceKey("one", null, $"alpha-{i}", null));
            (found?.EntryId).ShouldBe("one/long");
        }

        catalog.Resolver.Find(new PriceKey("one", null, new string('a', 100_000), null)).ShouldBeNull();
        catalog.Resolver.Remembered.ShouldBeLessThanOrEqualTo(PriceResolver.MaxRemembered);
    }

    [Fact]
    public void Many_threads_get_the_same_answers()
    {
        var catalog = Catalog.With([new PriceOverride { Model = "never", Input = 1, Output = 1 }]);
        Parallel.For(0, 20_000, i =>
        {
            var found = catalog.Resolver.Find(new PriceKey("one", null, $"alpha-{i % 5_000}", null));
            (found?.EntryId).ShouldBe("one/long");
        });
    }

    private static string? Entry(string? provider, string? host, string? response, string? request)
    {
        var query = new PriceQuery
        {
            Provider = provider,
            ServerAddress = host,
            ResponseModel = response,
            RequestModel = request,
            At = Noon,
            Tokens = new LlmTokens { Source = LlmUsageSource.Reported, UncachedInput = 1 },
        };
        var pricer = new CallPricer(Catalog);
        var first = pricer.Price(query);
        pricer.Price(query).ShouldBe(first);
        return first.PriceEntry;
    }
}
