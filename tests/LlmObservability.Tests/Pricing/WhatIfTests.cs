using LlmObservability.Pricing;
using LlmObservability.Queries;
using LlmObservability.Sinks;
using LlmObservability.Testing;

namespace LlmObservability.Tests.Pricing;

public class WhatIfTests
{
    private static readonly DateTimeOffset At = new(2026, 8, 1, 12, 0, 0, TimeSpan.Zero);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Calls_of_a_store_are_priced_as_another_model_without_changing_them()
    {
        var store = new InMemoryLlmStore();
        var calls = Enumerable.Range(1, 20).Select(i => Call("gpt-4o", 1_000 * i, 100 * i)).Append(Call("nobody-knows", 10, 10)).ToList();
        await store.WriteAsync(new LlmBatch(Guid.NewGuid(), 1, [.. calls.Select(call => new LlmCallEnvelope(call))]), Token);

        var whatIf = new WhatIf(PriceCatalog.LoadDefault()) { Model = "gpt-4o-mini" };
        var report = await whatIf.ReportAsync(store.ExportAsync(LlmFilter.None, Token), Token);

        // 2.50 and 10 against 0.15 and 0.60 USD per million tokens.
        report.Calls.ShouldBe(21);
        report.Compared.ShouldBe(20);
        report.ActualNanos.ShouldBe(210 * ((1_000 * 2_500) + (100 * 10_000)));
        report.WhatIfNanos.ShouldBe(210 * ((1_000 * 150) + (100 * 600)));
        report.DifferenceNanos.ShouldBe(report.WhatIfNanos - report.ActualNanos);
        report.NotCompared.ShouldBe(new Dictionary<LlmCostReason, long> { [LlmCostReason.UnknownModel] = 1 });

        List<LlmCall> after = [];
        await foreach (var call in store.ExportAsync(LlmFilter.None, Token))
        {
            after.Add(call);
        }

        after.ShouldBe(calls, ignoreOrder: true);
    }

    [Fact]
    public async Task Fees_are_those_of_the_other_model_and_searches_without_a_price_there_are_counted()
    {
        var catalog = PriceCatalog.Parse(
            """{"schema":"llm-prices/1","sourceDate":"2026-01-01","providers":[{"id":"p","models":[{"id":"a","prices":[{"in":0,"out":0,"request":1,"webSearch":10}]},{"id":"b","prices":[{"in":0,"out":0,"request":3}]}]}]}"""u8.ToArray(),
            "test");
        var call = Call("a", 10, 10) with { Provider = "p" };
        var priced = new CallPricer(catalog).Price(new PriceQuery { Provider = "p", RequestModel = "a", At = call.StartedAt, Tokens = call.Tokens, WebSearches = 2 });
        priced.Cost!.Value.TotalNanos.ShouldBe(21_000_000);
        call = call with { Cost = priced.Cost, CostReason = priced.Reason, WebSearchCount = 2 };

        (await new WhatIf(catalog).ReportAsync(Each([call]), Token)).DifferenceNanos.ShouldBe(0);
        var other = await new WhatIf(catalog) { Model = "b" }.ReportAsync(Each([call, call with { WebSearchCount = 0 }]), Token);
        (other.WhatIfNanos, other.SearchesWithoutPrice).ShouldBe((6_000_000, 1));
        var reported = call with { CostReason = LlmCostReason.ReportedByProvider, Cost = new LlmCost { FeesNanos = 9 } };
        (await new WhatIf(catalog) { Model = "a" }.ReportAsync(Each([reported]), Token)).WhatIfNanos.ShouldBe(21_000_000);
    }

    [Fact]
    public async Task The_same_catalog_and_model_is_the_same_cost()
    {
        var calls = ScriptedCalls.Create(200).Select(envelope => envelope.Call with { Provider = "openai", ServerAddress = null });
        var whatIf = new WhatIf(PriceCatalog.LoadDefault());
        var again = calls.Select(call => call with { Cost = whatIf.Price(call).Cost, CostReason = whatIf.Price(call).Reason }).ToList();
        var report = await whatIf.ReportAsync(Each(again), Token);
        report.Compared.ShouldBeGreaterThan(0);
        report.DifferenceNanos.ShouldBe(0);
        (report.Compared + report.NotCompared.Values.Sum()).ShouldBe(report.Calls);
    }

    [Fact]
    public void What_the_cache_saved_is_told_against_the_full_input_rate()
    {
        var whatIf = new WhatIf(PriceCatalog.LoadDefault());
        var call = Call("gpt-4o", 1_000, 100);
        whatIf.CacheSavingsNanos(call).ShouldBe(0);
        // 1.25 instead of 2.50 USD per million tokens.
        whatIf.CacheSavingsNanos(call with { Tokens = call.Tokens with { UncachedInput = 200, CacheRead = 800 } }).ShouldBe(800 * 1_250);
        whatIf.CacheSavingsNanos(call with { Tokens = default }).ShouldBeNull();
        // 0.30 instead of 10 USD per million tokens of audio.
        var audio = new LlmTokenDetail { AudioCacheRead = 100 };
        whatIf.CacheSavingsNanos(Call("gpt-realtime-mini", 0, 0) with { Tokens = call.Tokens with { Detail = audio } }).ShouldBe(100 * 9_700);
        whatIf.CacheSavingsNanos(Call("nobody-knows", 10, 10) with { Tokens = call.Tokens with { CacheRead = 5 } }).ShouldBeNull();
    }

    [Theory]
    [InlineData(LlmCostReason.InvalidUsage)]
    [InlineData(LlmCostReason.IncompleteUsage)]
    public void A_call_whose_tokens_are_no_bills_has_no_other_price_either(LlmCostReason reason)
    {
        var whatIf = new WhatIf(PriceCatalog.LoadDefault()) { Model = "gpt-4o-mini" };
        var call = Call("gpt-4o", 1_000, 100) with { Cost = null, CostReason = reason };
        whatIf.Price(call).ShouldBe(new PricedCost(null, reason, null, null));
        whatIf.CacheSavingsNanos(call).ShouldBeNull();
    }

    private static LlmCall Call(string model, long input, long output)
    {
        var tokens = new LlmTokens { Source = LlmUsageSource.Reported, UncachedInput = input, VisibleOutput = output };
        var priced = new CallPricer(PriceCatalog.LoadDefault()).Price(new PriceQuery { Provider = "openai", RequestModel = model, At = At, Tokens = tokens });
        var startedAt = DateTimeOffset.UtcNow.AddMinutes(-1);
        startedAt = new DateTimeOffset(startedAt.Ticks - (startedAt.Ticks % 10), TimeSpan.Zero);
        return new LlmCall
        {
            Id = LlmCallId.Create(startedAt),
            StartedAt = startedAt,
            Provider = "openai",
            RequestModel = model,
            Outcome = LlmOutcome.Completed,
            Tokens = tokens,
            Cost = priced.Cost,
            CostReason = priced.Reason,
        };
    }

    private static async IAsyncEnumerable<LlmCall> Each(IEnumerable<LlmCall> calls)
    {
        await Task.Yield();
        foreach (var call in calls)
        {
            yield return call;
        }
    }
}
