using System.Text.Json;
using LlmObservability.Dashboard.Tests.Host;
using LlmObservability.Pricing;
using LlmObservability.Queries;
using LlmObservability.Sinks;

namespace LlmObservability.Dashboard.Tests.Contract;

/// <content>What calls would have cost, against what a report over the calls that were written says.</content>
public abstract partial class ApiContract
{
    [Fact]
    public async Task What_if_is_the_report_over_the_calls_of_the_filter()
    {
        await using var host = await StartAsync();
        var calls = await FillWithCostsAsync(host, 60);
        var answer = await host.Client.GetAsync("what-if?as_provider=anthropic&as_model=claude-haiku-4-5&feature=chat");

        var some = calls.Where(call => call.Tags.Feature == "chat").ToList();
        await ShouldReportAsync(answer, some, new WhatIf(host.Observer.Prices) { Provider = "anthropic", Model = "claude-haiku-4-5" });
        answer.GetProperty("compared").GetInt64().ShouldBeGreaterThan(0);
        answer.GetProperty("is_cut").GetBoolean().ShouldBeFalse();
        answer.GetProperty("not_compared").EnumerateArray().Select(left => left.GetProperty("reason").GetString()).ShouldContain("missing_usage");
    }

    [Fact]
    public async Task What_if_takes_the_newest_calls_up_to_the_limit_and_says_that_there_are_more()
    {
        await using var host = await StartAsync();
        var calls = (await FillWithCostsAsync(host, 1_250)).OrderByDescending(call => call.StartedAt).ThenByDescending(call => call.Id).ToList();
        foreach (var (limit, isCut) in new[] { (1, true), (1_000, true), (1_249, true), (1_250, false), (100_000, false) })
        {
            var answer = await host.Client.GetAsync($"what-if?as_provider=openai&as_model=gpt-4o-mini&limit={limit}");
            var newest = calls.Take(limit).ToList();
            await ShouldReportAsync(answer, newest, new WhatIf(host.Observer.Prices) { Provider = "openai", Model = "gpt-4o-mini" });
            answer.GetProperty("is_cut").GetBoolean().ShouldBe(isCut, $"{limit}");
            answer.GetProperty("oldest_started_at").GetDateTimeOffset().ShouldBe(newest[^1].StartedAt);
        }
    }

    [Fact]
    public async Task A_model_that_nobody_knows_is_a_reason_and_no_failure()
    {
        await using var host = await StartAsync();
        await FillWithCostsAsync(host, 30);
        var answer = await host.Client.GetAsync("what-if?as_provider=nobody&as_model=nothing");
        answer.GetProperty("compared").GetInt64().ShouldBe(0);
        answer.TryGetProperty("what_if_nanos", out _).ShouldBeFalse("a zero would be a lie");
        answer.TryGetProperty("difference_usd", out _).ShouldBeFalse();
        answer.GetProperty("not_compared").EnumerateArray().Single(left => left.GetProperty("reason").GetString() == "unknown_model")
            .GetProperty("calls").GetInt64().ShouldBeGreaterThan(0);
        answer.GetProperty("not_compared").EnumerateArray().Sum(left => left.GetProperty("calls").GetInt64()).ShouldBe(30);

        var none = await host.Client.GetAsync("what-if?as_model=gpt-4o&tenant=nobody");
        none.GetProperty("calls").GetInt64().ShouldBe(0);
        none.TryGetProperty("cache_savings_usd", out _).ShouldBeFalse();
        none.TryGetProperty("oldest_started_at", out _).ShouldBeFalse();
    }

    [Fact]
    public async Task What_if_under_a_tenant_is_that_of_the_tenant_and_the_store_is_refused()
    {
        await using var host = await StartRestrictedAsync();
        var calls = await FillWithCostsAsync(host, 60);
        As(host, "acme");
        var own = calls.Where(call => call.Tags.Tenant == "acme").ToList();
        foreach (var query in new[] { "", "&tenant=acme&tenant=globex" })
        {
            await ShouldReportAsync(
                await host.Client.GetAsync("what-if?as_provider=openai&as_model=gpt-4o" + query), own, new WhatIf(host.Observer.Prices) { Provider = "openai", Model = "gpt-4o" });
        }

        (await host.Client.GetAsync("what-if?tenant=globex")).GetProperty("calls").GetInt64().ShouldBe(0);
        (await host.Client.ProblemAsync("store", System.Net.HttpStatusCode.Forbidden)).GetProperty("code").GetString().ShouldBe("tenant_restricted");
        (await host.Client.GetAsync("models?limit=1")).GetProperty("models").GetArrayLength().ShouldBe(1);
        (await host.Client.GetAsync("settings")).GetProperty("restricted").GetBoolean().ShouldBeTrue();
        As(host, null);
        foreach (var path in new[] { "what-if", "models", "store", "settings" })
        {
            (await host.Client.ProblemAsync(path, System.Net.HttpStatusCode.Forbidden)).GetProperty("code").GetString().ShouldBe("no_tenant");
        }
    }

    [Fact]
    public async Task The_store_tells_of_itself_what_it_tells_in_code()
    {
        await using var host = await StartAsync();
        var calls = await host.FillAsync(40);
        var expected = await host.Store.ShouldBeAssignableTo<ILlmStoreStatus>()!.GetStatusAsync(Cancel);
        var answer = await host.Client.GetAsync("store");
        answer.GetProperty("store").GetString().ShouldBe(expected.Store);
        answer.GetProperty("oldest_call_at").GetDateTimeOffset().ShouldBe(calls.Min(call => call.StartedAt));
        answer.GetProperty("newest_call_at").GetDateTimeOffset().ShouldBe(calls.Max(call => call.StartedAt));
        answer.GetProperty("tables").EnumerateArray().Select(table => table.GetProperty("name").GetString()).ShouldBe(expected.Tables.Select(table => table.Name));
        (answer.TryGetProperty("size_bytes", out var size) ? size.GetInt64() > 0 : (bool?)null).ShouldBe(expected.SizeBytes is null ? null : true);
        (answer.TryGetProperty("schema_version", out var version) ? version.GetInt32() : (int?)null).ShouldBe(expected.SchemaVersion);
        answer.TryGetProperty("rollup_lag_us", out _).ShouldBe(expected.RollupLag is not null);
    }

    private static async Task ShouldReportAsync(JsonElement answer, List<LlmCall> calls, WhatIf whatIf)
    {
        var report = await whatIf.ReportAsync(EachAsync(calls), Cancel);
        (answer.GetProperty("calls").GetInt64(), answer.GetProperty("compared").GetInt64(), answer.GetProperty("searches_without_price").GetInt64())
            .ShouldBe((report.Calls, report.Compared, report.SearchesWithoutPrice));
        if (report.Compared > 0)
        {
            foreach (var (name, nanos) in new[] { ("actual", report.ActualNanos), ("what_if", report.WhatIfNanos), ("difference", report.DifferenceNanos) })
            {
                ((decimal)answer.GetProperty(name + "_nanos").GetInt64()).ShouldBe(nanos, name);
                decimal.Parse(answer.GetProperty(name + "_usd").GetString()!).ShouldBe(nanos / 1_000_000_000m, name);
            }
        }

        answer.GetProperty("not_compared").EnumerateArray()
            .ToDictionary(left => left.GetProperty("reason").GetString()!, left => left.GetProperty("calls").GetInt64())
            .ShouldBe(report.NotCompared.ToDictionary(left => left.Key.ToName(), left => left.Value), ignoreOrder: true);

        // By each call's own model, whatever it is compared with.
        var own = new WhatIf(PriceCatalog.LoadDefault());
        var savings = calls.Select(own.CacheSavingsNanos).ToList();
        answer.GetProperty("cache_savings_unknown").GetInt64().ShouldBe(savings.Count(saved => saved is null));
        if (savings.Any(saved => saved is not null))
        {
            answer.GetProperty("cache_savings_nanos").GetInt64().ShouldBe(savings.Sum() ?? 0);
        }
    }

    private static async IAsyncEnumerable<LlmCall> EachAsync(List<LlmCall> calls)
    {
        foreach (var call in calls)
        {
            await Task.CompletedTask;
            yield return call;
        }
    }

    /// <summary>Calls as a recorder prices them, by a handful of models, one of which nobody knows, and some without usage.</summary>
    private static async Task<List<LlmCall>> FillWithCostsAsync(ApiHost host, int count)
    {
        (string? Provider, string Model)[] models = [("anthropic", "claude-sonnet-4-5"), ("openai", "gpt-4o"), ("openai", "gpt-4o-mini"), ("nobody", "house-model")];
        var pricer = new CallPricer(host.Observer.Prices);
        var random = new Random(7);
        var first = new DateTimeOffset(DateTimeOffset.UtcNow.UtcDateTime.Date.AddDays(-3), TimeSpan.Zero);
        var calls = Enumerable.Range(0, count).Select(i =>
        {
            var (provider, model) = models[i % models.Length];
            var startedAt = first.AddSeconds(i * 7);
            var input = random.Next(100, 400_000);
            var cached = i % 3 == 0 ? input / 2 : 0;
            var tokens = i % 11 == 5
                ? new LlmTokens { Source = LlmUsageSource.Missing }
                : new LlmTokens { Source = LlmUsageSource.Reported, UncachedInput = input - cached, CacheRead = cached, VisibleOutput = random.Next(1, 5_000) };
            var priced = pricer.Price(new PriceQuery { Provider = provider, RequestModel = model, At = startedAt, Tokens = tokens, WebSearches = i % 13 == 0 ? 2 : 0 });
            return new LlmCall
            {
                Id = LlmCallId.Create(startedAt),
                StartedAt = startedAt,
                Tags = new LlmTags { Feature = i % 2 == 0 ? "chat" : "search", Tenant = i % 5 < 2 ? "acme" : "globex" },
                Operation = LlmVocabulary.Chat,
                Outcome = LlmOutcome.Completed,
                Provider = provider,
                RequestModel = model,
                Tokens = tokens,
                WebSearchCount = i % 13 == 0 ? 2 : 0,
                Cost = priced.Cost,
                CostReason = priced.Reason,
                PriceEntry = priced.PriceEntry,
                CatalogDate = priced.CatalogDate,
                Duration = TimeSpan.FromSeconds(1),
                AttemptCount = 1,
            };
        }).ToList();
        for (var i = 0; i < calls.Count; i += 500)
        {
            await host.WriteAsync([.. calls.Skip(i).Take(500).Select(LlmEnvelope (call) => new LlmCallEnvelope(call))]);
        }

        return calls;
    }
}
