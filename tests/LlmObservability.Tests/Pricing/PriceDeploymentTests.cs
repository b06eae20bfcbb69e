using LlmObservability.Pricing;

namespace LlmObservability.Tests.Pricing;

public class PriceDeploymentTests
{
    [Theory]
    [InlineData("azure.ai.openai", "chat-prod", "gpt-4o-mini")]
    [InlineData("azure.ai.openai", "CHAT-PROD", "gpt-4o-mini")]
    [InlineData("azure.ai.openai", "chat-7-eu", "gpt-4o")]
    public void A_deployment_is_priced_as_the_model_that_it_stands_for(string provider, string deployment, string model)
    {
        var catalog = PriceCatalog.LoadDefault().With(
        [
            new ModelDeployment { Name = "chat-#*", Model = "gpt-4o" },
            new ModelDeployment { Name = "chat-prod", Model = "gpt-4o-mini", Provider = "azure" },
        ]);
        var expected = Price(PriceCatalog.LoadDefault(), provider, model);
        expected.Reason.ShouldBe(LlmCostReason.Priced);
        Price(PriceCatalog.LoadDefault(), provider, deployment).Reason.ShouldBe(LlmCostReason.UnknownModel);
        Price(catalog, provider, deployment).ShouldBe(expected);
    }

    [Fact]
    public void A_private_name_is_priced_at_another_providers_prices()
    {
        var catalog = PriceCatalog.LoadDefault().With([new ModelDeployment { Provider = "our-gateway", Name = "smart", Model = "gpt-4o", ModelProvider = "openai" }]);
        Price(catalog, "our-gateway", "smart").Cost.ShouldBe(Price(PriceCatalog.LoadDefault(), "openai", "gpt-4o").Cost);
        Price(catalog, "someone-else", "smart").Reason.ShouldBe(LlmCostReason.UnknownModel);
    }

    [Fact]
    public void An_override_goes_before_a_deployment_and_counts_for_what_a_deployment_stands_for()
    {
        var catalog = PriceCatalog.LoadDefault()
            .With([new PriceOverride { Model = "local-llama", Input = 0, Output = 0 }])
            .With([new ModelDeployment { Name = "draft", Model = "local-llama" }, new ModelDeployment { Name = "local-llama", Model = "gpt-4o" }]);
        Price(catalog, "ollama", "draft").Cost.ShouldBe(default(LlmCost));
        Price(catalog, "openai", "local-llama").Cost.ShouldBe(default(LlmCost));
    }

    [Theory]
    [InlineData(null, "gpt-4o", null, "[0].Name")]
    [InlineData("x", " ", null, "[0].Model")]
    [InlineData("x", "gpt-99", "openai", "'gpt-99'")]
    public void A_deployment_that_cannot_be_is_refused_with_its_place(string? name, string model, string? modelProvider, string place)
    {
        Should.Throw<PriceCatalogException>(() =>
            PriceCatalog.LoadDefault().With([new ModelDeployment { Name = name, Model = model, ModelProvider = modelProvider }])).Message.ShouldContain(place);
    }

    private static PricedCost Price(PriceCatalog catalog, string provider, string model) => new CallPricer(catalog).Price(new PriceQuery
    {
        Provider = provider,
        RequestModel = model,
        At = new DateTimeOffset(2026, 8, 1, 0, 0, 0, TimeSpan.Zero),
        Tokens = new LlmTokens { Source = LlmUsageSource.Reported, UncachedInput = 1_000, VisibleOutput = 100 },
    });
}
