using System.Text;
using LlmObservability.Pricing;

namespace LlmObservability.Tests.Pricing;

internal static class PricingTestData
{
    internal static readonly DateTimeOffset Noon = new(2026, 8, 1, 12, 0, 0, TimeSpan.Zero);

    internal static readonly CallPricer DefaultPricer = new(PriceCatalog.LoadDefault());

    internal static PriceCatalog Parse(string json) => PriceCatalog.Parse(Encoding.UTF8.GetBytes(json), "test.json");

    /// <summary>A catalog of one provider 'p' and one model 'm' with these price sets.</summary>
    internal static PriceCatalog OneModel(string priceSets, string more = "")
    {
        return Parse($$"""
            {"schema":"llm-prices/1","sourceDate":"2026-01-02","providers":[
             {"id":"p","models":[{"id":"m","prices":[{{priceSets}}]{{more}}}]}]}
            """);
    }

    internal static PriceQuery Query(LlmTokens tokens) => new()
    {
        Provider = "p",
        ResponseModel = "m",
        At = Noon,
        Tokens = tokens with { Source = LlmUsageSource.Reported },
    };

    internal static PricedCost Price(string priceSets, LlmTokens tokens)
    {
        return new CallPricer(OneModel(priceSets)).Price(Query(tokens));
    }

    internal static PricedCost Price(string? provider, string model, long input, long output)
    {
        return DefaultPricer.Price(new PriceQuery
        {
            Provider = provider,
            ResponseModel = model,
            At = Noon,
            Tokens = new LlmTokens { Source = LlmUsageSource.Reported, UncachedInput = input, VisibleOutput = output },
        });
    }

    internal static long Nanos(this PricedCost priced)
    {
        priced.Reason.ShouldBe(LlmCostReason.Priced);
        return priced.Cost.ShouldNotBeNull().TotalNanos;
    }

    /// <summary>The explanation says what the price says, and its lines make the total, worked out anew from rates and quantities.</summary>
    internal static void ShouldAddUpTo(this CostExplanation explanation, PricedCost priced)
    {
        explanation.Reason.ShouldBe(priced.Reason);
        explanation.Cost.ShouldBe(priced.Cost);
        explanation.PriceEntry.ShouldBe(priced.PriceEntry);
        explanation.CatalogDate.ShouldBe(priced.CatalogDate);
        if (priced.Cost is not { } cost)
        {
            explanation.Lines.ShouldBeEmpty();
            explanation.ExactNanos.ShouldBeNull();
            return;
        }

        var exact = 0m;
        foreach (var line in explanation.Lines)
        {
            line.AmountNanos.ShouldBe(line.Quantity * line.Rate * (1_000_000_000m / line.RateUnit));
            exact += line.AmountNanos
                * (line.RateUnit == CostLine.FeeRateUnit ? 1 : explanation.GeoMultiplier * explanation.SpeedMultiplier);
        }

        explanation.ExactNanos.ShouldBe(exact);
        decimal.Round(exact, 0, MidpointRounding.ToEven).ShouldBe(cost.TotalNanos);
    }
}
