using System.Text;
using LlmObservability.Pricing;

namespace LlmObservability.Tests.Pricing;

/// <summary>Stored calls by another catalog: each billed attempt by its own model, and nothing that the catalog did not decide.</summary>
public class CallRepricerTests
{
    private static readonly DateTimeOffset At = new(2026, 8, 1, 12, 0, 0, TimeSpan.Zero);
    private static readonly PriceCatalog Old = Catalog("2026-01-01", """{"id":"a","prices":[{"in":1,"out":2}]},{"id":"b","prices":[{"in":10,"out":20}]}""");
    private static readonly PriceCatalog New = Catalog(
        "2026-02-01",
        """{"id":"a","prices":[{"in":3,"out":4,"flex":{"in":1.5,"out":2}}]},{"id":"b","prices":[{"in":10,"out":20}]},{"id":"c","prices":[{"in":5,"out":5}]}""");

    [Theory]
    [InlineData(null)]
    [InlineData("flex")]
    public void A_call_by_itself_costs_what_the_catalog_says_on_its_terms(string? tier)
    {
        var call = Priced(Call("a") with { ServiceTier = tier });

        var (priced, kept) = new CallRepricer(new CallPricer(New)).Price(call, []);

        kept.ShouldBeNull();
        priced.ShouldBe(new CallPricer(New).Price(new PriceQuery { Provider = "p", RequestModel = "a", At = At, Tokens = call.Tokens, ServiceTier = tier }));
        priced.Cost!.Value.TotalNanos.ShouldNotBe(call.Cost!.Value.TotalNanos);
        priced.CatalogDate.ShouldBe(new DateOnly(2026, 2, 1));
    }

    [Theory]
    [InlineData(LlmCostReason.ReportedByProvider)]
    [InlineData(LlmCostReason.Cached)]
    [InlineData(LlmCostReason.MaybeCached)]
    [InlineData(LlmCostReason.MissingUsage)]
    [InlineData(LlmCostReason.IncompleteUsage)]
    [InlineData(LlmCostReason.InvalidUsage)]
    [InlineData(LlmCostReason.NoModel)]
    public void What_no_catalog_decided_stays(LlmCostReason reason)
    {
        var call = Call("a") with { Cost = reason == LlmCostReason.Cached ? default(LlmCost) : null, CostReason = reason };

        new CallRepricer(new CallPricer(New)).Price(call, []).Kept.ShouldBe(reason.ToName());
    }

    [Fact]
    public void A_model_that_got_a_price_is_priced_and_one_that_lost_it_is_not()
    {
        var unknown = Call("c") with { CostReason = LlmCostReason.UnknownModel };
        new CallRepricer(new CallPricer(New)).Price(unknown, []).Priced.Cost!.Value.TotalNanos.ShouldBe(5_500_000);

        var (priced, kept) = new CallRepricer(new CallPricer(Catalog("2026-03-01", """{"id":"z","prices":[{"in":1,"out":1}]}"""))).Price(Priced(Call("a")), []);
        (kept, priced.Cost, priced.Reason).ShouldBe((null, null, LlmCostReason.UnknownModel));
    }

    [Fact]
    public void Billed_attempts_are_priced_each_by_its_own_model_and_refused_ones_are_not()
    {
        var (call, attempts) = Nested(
            Attempt(1, "b", LlmOutcome.Failed) with { Tokens = default, Cost = null, CostReason = LlmCostReason.MissingUsage, TimeToFirstToken = null },
            Priced(Attempt(2, "a", LlmOutcome.Abandoned)),
            Priced(Attempt(3, "b", LlmOutcome.Completed)));

        var (priced, kept) = new CallRepricer(new CallPricer(New)).Price(call, attempts);

        kept.ShouldBeNull();
        priced.Cost!.Value.TotalNanos.ShouldBe(3_400_000 + 12_000_000);
        (priced.Reason, priced.PriceEntry, priced.CatalogDate).ShouldBe((LlmCostReason.Priced, "p/b", new DateOnly(2026, 2, 1)));
        new CallRepricer(new CallPricer(Old)).Price(call, attempts).Priced.Cost.ShouldBe(call.Cost);
    }

    [Fact]
    public void An_attempts_reported_cost_stays_in_the_sum()
    {
        var reported = Attempt(2, "b", LlmOutcome.Completed) with { Cost = new LlmCost { FeesNanos = 77 }, CostReason = LlmCostReason.ReportedByProvider };
        var (call, attempts) = Nested(Priced(Attempt(1, "a", LlmOutcome.Cancelled)), reported);

        new CallRepricer(new CallPricer(New)).Price(call, attempts).Priced.Cost!.Value.ShouldBe(
            new LlmCost { InputNanos = 3_000_000, OutputNanos = 400_000, FeesNanos = 77 });
        new CallRepricer(new CallPricer(New)).Price(Nested(reported).Call, [reported]).Kept.ShouldBe("reported_by_provider");
    }

    [Fact]
    public void A_sum_with_a_part_that_can_not_be_known_stays_unknown()
    {
        var (call, attempts) = Nested(
            Attempt(1, "a", LlmOutcome.Abandoned) with { Tokens = default, Cost = null, CostReason = LlmCostReason.MissingUsage },
            Priced(Attempt(2, "b", LlmOutcome.Completed)));

        new CallRepricer(new CallPricer(New)).Price(call, attempts).Kept.ShouldBe("missing_usage");

        (call, attempts) = Nested(Attempt(1, "c", LlmOutcome.Abandoned) with { CostReason = LlmCostReason.UnknownModel }, Priced(Attempt(2, "b", LlmOutcome.Completed)));
        var (still, kept) = new CallRepricer(new CallPricer(Old)).Price(call, attempts);
        (still.Cost, still.Reason, kept).ShouldBe((null, LlmCostReason.UnknownModel, null));
        new CallRepricer(new CallPricer(New)).Price(call, attempts).Priced.Cost!.Value.TotalNanos.ShouldBe(5_500_000 + 12_000_000);
    }

    [Fact]
    public void What_the_stored_attempts_do_not_tell_is_left_and_said()
    {
        var repricer = new CallRepricer(new CallPricer(New));
        var (call, attempts) = Nested(Priced(Attempt(1, "a", LlmOutcome.Cancelled)), Priced(Attempt(2, "a", LlmOutcome.Completed)));

        repricer.Price(call, []).Kept.ShouldBe(RepricedCost.AttemptsMissing);
        repricer.Price(call, [attempts[1]]).Kept.ShouldBe(RepricedCost.AttemptsDiffer);
        repricer.Price(call with { Cost = new LlmCost { FeesNanos = 1 } }, attempts).Kept.ShouldBe(RepricedCost.AttemptsDiffer);
        repricer.Price(call with { ServiceTier = "flex" }, attempts).Kept.ShouldBe(RepricedCost.TermsUnknown);
        repricer.Price(call, attempts).Kept.ShouldBeNull();

        // One attempt was served on the call's terms.
        var one = Nested(Priced(Attempt(1, "a", LlmOutcome.Completed)));
        repricer.Price(one.Call with { ServiceTier = "flex" }, one.Attempts).Priced.Cost!.Value.TotalNanos.ShouldBe(1_700_000);
    }

    private static PriceCatalog Catalog(string date, string models) => PriceCatalog.Parse(
        Encoding.UTF8.GetBytes($$"""{"schema":"llm-prices/1","sourceDate":"{{date}}","providers":[{"id":"p","models":[{{models}}]}]}"""), "test");

    private static LlmTokens Tokens => new() { Source = LlmUsageSource.Reported, UncachedInput = 1_000, VisibleOutput = 100 };

    private static LlmCall Call(string model) => new()
    {
        Id = LlmCallId.Create(At),
        StartedAt = At,
        Provider = "p",
        RequestModel = model,
        Outcome = LlmOutcome.Completed,
        Tokens = Tokens,
    };

    private static LlmAttempt Attempt(int ordinal, string model, LlmOutcome outcome) => new()
    {
        Ordinal = ordinal,
        StartedAt = At.AddSeconds(ordinal),
        Provider = "p",
        RequestModel = model,
        Outcome = outcome,
        Tokens = Tokens,
    };

    private static LlmCall Priced(LlmCall call)
    {
        var priced = new CallPricer(Old).Price(new PriceQuery { Provider = "p", RequestModel = call.RequestModel, At = At, Tokens = call.Tokens });
        return call with { Cost = priced.Cost, CostReason = priced.Reason, PriceEntry = priced.PriceEntry, CatalogDate = priced.CatalogDate };
    }

    private static LlmAttempt Priced(LlmAttempt attempt)
    {
        var priced = new CallPricer(Old).Price(new PriceQuery { Provider = "p", RequestModel = attempt.RequestModel, At = At, Tokens = attempt.Tokens });
        return attempt with { Cost = priced.Cost, CostReason = priced.Reason, PriceEntry = priced.PriceEntry, CatalogDate = priced.CatalogDate };
    }

    /// <summary>A call as the recorder sums it up.</summary>
    private static (LlmCall Call, LlmAttempt[] Attempts) Nested(params LlmAttempt[] attempts)
    {
        LlmObservability.Calls.Bill bill = default;
        var served = LlmObservability.Calls.CallAttempts.TrySum(attempts, ref bill).ShouldNotBeNull();
        var call = Call(served.RequestModel!) with { AttemptCount = attempts.Length, PriceEntry = bill.PriceEntry, CatalogDate = bill.CatalogDate };
        return (call with { Result = bill.Result, Outcome = LlmOutcome.Completed }, attempts);
    }
}
