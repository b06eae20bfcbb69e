using LlmObservability.Pricing;

namespace LlmObservability.Tests.Pricing;

public class PriceCatalogTests
{
    [Fact]
    public void The_librarys_own_catalog_is_read_once_and_knows_its_date()
    {
        var catalog = PriceCatalog.LoadDefault();
        catalog.ShouldBeSameAs(PriceCatalog.LoadDefault());
        (catalog.Date, catalog.ModelCount, catalog.SourceName).ShouldBe((new DateOnly(2026, 8, 21), 1941, "catalog.json"));
    }

    [Fact]
    public void Every_model_that_is_listed_has_a_price_under_that_name_and_stands_once()
    {
        var models = PriceCatalog.LoadDefault().ListModels();
        models.ShouldBeUnique();
        models.Count.ShouldBeGreaterThan(1_000);
        models.ShouldContain(new PricedModel("openai", "gpt-4o"));
        var pricer = new CallPricer(PriceCatalog.LoadDefault());
        // Without any: some have a price of output alone.
        var tokens = new LlmTokens { Source = LlmUsageSource.Reported };
        models.Where(model => pricer.Price(new PriceQuery { Provider = model.Provider, RequestModel = model.Model, Tokens = tokens }).Reason == LlmCostReason.UnknownModel)
            .ShouldBeEmpty();
    }

    [Fact]
    public void The_applications_own_models_are_listed_first_and_patterns_are_no_names()
    {
        var catalog = PriceCatalog.LoadDefault()
            .With([new PriceOverride { Model = "zz", Input = 1, Output = 1 }, new PriceOverride { Model = "any-*", Input = 1, Output = 1 }])
            .With([new ModelDeployment { Provider = "azure", Name = "mine", Model = "gpt-4o", ModelProvider = "openai" }]);
        catalog.ListModels().Take(2).ShouldBe([new PricedModel(null, "zz"), new PricedModel("azure", "mine")]);
        catalog.ListModels().Count.ShouldBe(PriceCatalog.LoadDefault().ListModels().Count + 2);
        catalog.WithoutOverrides().ShouldBeSameAs(PriceCatalog.LoadDefault());
    }

    [Theory]
    [InlineData("", "not JSON")]
    [InlineData("{", "test.json: it is not JSON from line 1")]
    [InlineData("[]", "test.json: an object is needed")]
    [InlineData("{}", "field 'schema': it is missing")]
    [InlineData("""{"schema":"llm-prices/2"}""", "'llm-prices/2' is not llm-prices/1")]
    [InlineData("""{"schema":"llm-prices/1"}""", "field 'sourceDate'")]
    [InlineData("""{"schema":"llm-prices/1","sourceDate":"yesterday"}""", "'yesterday' is not a date")]
    [InlineData("""{"schema":"llm-prices/1","sourceDate":"2026-01-02","providers":{}}""", "field 'providers': an array")]
    [InlineData("""{"schema":"llm-prices/1","sourceDate":"2026-01-02","providers":[{}]}""", "field 'providers[0].id'")]
    [InlineData("""{"schema":"llm-prices/1","sourceDate":"2026-01-02","providers":[{"id":"p"}]}""", "provider 'p', field 'models'")]
    [InlineData("""{"schema":"llm-prices/1","sourceDate":"2026-01-02","providers":[{"id":"p","models":[]},{"id":"P","models":[]}]}""", "same id")]
    [InlineData("""{"schema":"llm-prices/1","sourceDate":"2026-01-02","providers":[{"id":"p","fallback":["q"],"models":[]}]}""", "no provider 'q'")]
    public void A_malformed_document_is_refused_by_place(string json, string part)
    {
        Should.Throw<PriceCatalogException>(() => PricingTestData.Parse(json)).Message.ShouldContain(part);
    }

    [Theory]
    [InlineData("", "", "field 'prices': at least one")]
    [InlineData("""{"in":-0.1}""", "", "field 'prices[0].in': -0.1 is not a price between 0 and 1000000 USD")]
    [InlineData("""{"in":1},{"out":1000000.01}""", "", "field 'prices[1].out'")]
    [InlineData("""{"in":"3"}""", "", "field 'prices[0].in': a number")]
    [InlineData("""{"in":1e99}""", "", "field 'prices[0].in'")]
    [InlineData("""{"inn":1}""", "", "field 'prices[0].inn': no such price")]
    [InlineData("""{"in":1,"tiers":[{"in":2}]}""", "", "field 'prices[0].tiers[0].over'")]
    [InlineData("""{"in":1,"tiers":[{"over":5,"in":2},{"over":5,"in":3}]}""", "", "field 'prices[0].tiers[1].over'")]
    [InlineData("""{"in":1,"batch":{"in":-1}}""", "", "field 'prices[0].batch.in'")]
    [InlineData("""{"in":1,"batch":7}""", "", "field 'prices[0].batch'")]
    [InlineData("""{"in":1,"from":"2026-13-01"}""", "", "field 'prices[0].from'")]
    [InlineData("""{"in":1,"hoursUtc":["8-9"]}""", "", "field 'prices[0].hoursUtc[0]'")]
    [InlineData("""{"in":1,"days":["mon","someday"]}""", "", "field 'prices[0].days[1]'")]
    [InlineData("""{"in":1}""", ""","geo":{"us":0}""", "field 'geo.us'")]
    [InlineData("""{"in":1}""", ""","speed":{"fast":"x"}""", "field 'speed.fast'")]
    [InlineData("""{"in":1}""", ""","match":[""]""", "field 'match[0]'")]
    public void A_malformed_model_is_refused_by_source_provider_model_and_field(string sets, string more, string part)
    {
        var message = Should.Throw<PriceCatalogException>(() => PricingTestData.OneModel(sets, more)).Message;
        message.ShouldStartWith("test.json, provider 'p', model 'm', ");
        message.ShouldContain(part);
        message.ShouldEndWith(".");
    }

    [Fact]
    public void A_byte_order_mark_and_fields_that_are_only_notes_are_accepted()
    {
        var json = "\uFEFF" + """
            {"schema":"llm-prices/1","note":1,"sourceDate":"2026-01-02","providers":[
             {"id":"p","note":{},"models":[{"id":"m","checked":"x","prices":[{"in":1,"out":1}]}]}]}
            """;
        PricingTestData.Parse(json).ModelCount.ShouldBe(1);
    }
}
