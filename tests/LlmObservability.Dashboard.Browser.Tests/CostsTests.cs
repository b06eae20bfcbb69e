using LlmObservability.Dashboard.Browser.Tests.Browsing;
using LlmObservability.Dashboard.Browser.Tests.Hosting;
using LlmObservability.Pricing;
using LlmObservability.Queries;
using LlmObservability.Testing;

namespace LlmObservability.Dashboard.Browser.Tests;

/// <summary>What the costs' screen says is what the store says, and what another model would have cost is what a report says.</summary>
public sealed class CostsTests(Chromium chromium)
{
    private static readonly DateTimeOffset From = ScriptedCalls.TenDaysAgo;
    private static readonly DateTimeOffset To = From.AddDays(3);
    private static readonly string Days = $"from={From:yyyy-MM-ddTHH:mm:ssZ}&to={To:yyyy-MM-ddTHH:mm:ssZ}";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private static LlmFilter Time => new() { From = From, To = To };

    [Theory]
    [InlineData("model")]
    [InlineData("tag.team")]
    public async Task Its_tables_are_the_stores(string by)
    {
        await using var host = await FilledAsync(400);
        await using var page = await chromium.OpenAsync();
        await page.GoAsync(host.Address, $"#/costs?{Days}&by={by}");

        LlmField.TryParse(by, out var field).ShouldBeTrue();
        var whole = await SpendAsync(host, field!, 25);
        (await page.RowsAsync($"[data-breakdown=\"{by}\"]")).ShouldBe(whole.Rows.Select(row => new[]
        {
            row.Keys[0] ?? "none", Cost(row.Measures), Share(row.Measures, whole.Total), Part(row.Measures, row.Measures.Cost.InputNanos),
            Part(row.Measures, row.Measures.Cost.CachedInputNanos), Part(row.Measures, row.Measures.Cost.OutputNanos), PerCall(row.Measures), Shown.Whole(row.Measures.Calls),
            Shown.Percent(row.Measures.CostCoverage),
        }));
        (await page.RowsAsync("[data-breakdown=user]")).ShouldBe((await SpendAsync(host, LlmField.User, 10)).Rows.Select(row =>
            new[] { row.Keys[0] ?? "none", Cost(row.Measures), Shown.Whole(row.Measures.Calls), PerCall(row.Measures) }));
        (await page.RowsAsync("[data-breakdown=provider]")).ShouldBe((await SpendAsync(host, LlmField.Provider, 10)).Rows.Select(row =>
            new[] { row.Keys[0] ?? "none", Cost(row.Measures), Share(row.Measures, whole.Total), Shown.Whole(row.Measures.Calls) }));
        page.Complaints.ShouldBeEmpty();
    }

    [Fact]
    public async Task The_most_expensive_calls_are_the_stores()
    {
        await using var host = await FilledAsync(400);
        await using var page = await chromium.OpenAsync();
        await page.GoAsync(host.Address, $"#/costs?{Days}");

        var dearest = (await host.Store.ListAsync(
            new LlmListRequest
            {
                Filter = Time with { Conditions = [new LlmCondition(LlmField.CostNanos, LlmOperator.Present)] },
                Order = new LlmOrder(LlmField.CostNanos, Descending: true),
                Limit = 10,
            },
            Cancel)).Calls;
        (await page.RowIdsAsync()).ShouldBe(dearest.Select(call => call.Id));
        (await page.RowsAsync(".calls")).Select(cells => cells[4..]).ShouldBe(dearest.Select(call =>
            new[] { Shown.Money(call.Cost?.TotalNanos), Shown.Whole(call.Tokens.Input), Shown.Whole(call.Tokens.Output) }));
    }

    [Fact]
    public async Task The_chart_of_costs_adds_up_to_the_stores_buckets()
    {
        await using var host = await FilledAsync(400);
        await using var page = await chromium.OpenAsync();
        await page.GoAsync(host.Address, $"#/costs?{Days}");
        await page.Page.Locator(".chart figcaption button").First.ClickAsync();

        var buckets = await host.Store.AggregateAsync(
            new LlmAggregateRequest { Filter = Time, GroupBy = [LlmField.Model], Bucket = LlmBucket.Hour, Top = 7, TopBy = LlmTopBy.Cost, Measures = LlmMeasureSet.Spend }, Cancel);
        var expected = buckets.Rows.Where(row => row.Measures.Priced > 0).GroupBy(row => row.Bucket!.Value).Count();
        var rows = await page.RowsAsync(".plot-table");
        // An hour without calls cost nothing, which is known.
        rows.Length.ShouldBe(72);
        var spent = rows.Where(row => row.Skip(1).Any(cell => cell is not (Shown.Unknown or "$0"))).ToList();
        spent.Count.ShouldBe(expected);
        var newest = buckets.Rows.Where(row => row.Bucket == buckets.Rows.Where(other => other.Measures.Priced > 0).Max(other => other.Bucket)).ToList();
        spent[0].Skip(1).Where(cell => cell is not (Shown.Unknown or "$0"))
            .ShouldBe(newest.Where(row => row.Measures.Cost.TotalNanos > 0).Select(row => Shown.Money(row.Measures.Cost.TotalNanos)), ignoreOrder: true);
    }

    [Fact]
    public async Task Another_model_is_compared_by_what_is_typed_and_suggested_and_stays_in_the_address()
    {
        await using var host = await FilledAsync(300);
        await using var page = await chromium.OpenAsync();
        await page.GoAsync(host.Address, $"#/costs?{Days}");
        var card = page.Page.Locator("[data-card=what-if]");
        (await card.InnerTextAsync()).ShouldContain("Choose a model");

        await card.GetByLabel("Another model").FillAsync("anthropic/claude-haiku");
        await card.Locator("datalist option[value=\"anthropic/claude-haiku-4-5\"]").WaitForAsync(new() { State = WaitForSelectorState.Attached });
        await card.GetByLabel("Another model").FillAsync("anthropic/claude-haiku-4-5");
        await card.GetByLabel("Another model").PressAsync("Enter");
        await page.Tile("Would be").WaitForAsync();

        var report = await ReportAsync(host, new WhatIf(host.Observer.Prices) { Provider = "anthropic", Model = "claude-haiku-4-5" });
        foreach (var round in new[] { "asked", "reloaded" })
        {
            (await FigureAsync(page, "Actual")).ShouldBe(Shown.Exact(report.ActualNanos), round);
            (await FigureAsync(page, "Would be")).ShouldBe(Shown.Exact(report.WhatIfNanos), round);
            (await FigureAsync(page, "Difference")).ShouldBe(Shown.Exact(report.DifferenceNanos), round);
            (await page.Tile("Difference").Locator(".under").InnerTextAsync()).ShouldEndWith(report.DifferenceNanos < 0 ? "cheaper" : "dearer");
            var text = await card.InnerTextAsync();
            text.ShouldContain($"{Shown.Whole(report.Compared)} of {Shown.Whole(report.Calls)} calls compared.");
            foreach (var (reason, calls) in report.NotCompared)
            {
                text.ShouldContain($"{Shown.Whole(calls)} {reason.ToName().Replace('_', ' ')}");
            }

            page.Page.Url.ShouldContain("as_provider=anthropic&as_model=claude-haiku-4-5");
            await page.Page.ReloadAsync();
            await page.SettleAsync();
        }

        await card.GetByRole(AriaRole.Button, new() { Name = "Clear" }).ClickAsync();
        await Assertions.Expect(card).ToContainTextAsync("Choose a model");
        page.Page.Url.ShouldNotContain("as_");
        page.Complaints.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_model_that_nobody_knows_costs_nothing_that_is_told_and_the_cache_s_savings_are_those_of_the_calls()
    {
        await using var host = await FilledAsync(120);
        await using var page = await chromium.OpenAsync();
        await page.GoAsync(host.Address, $"#/costs?{Days}&as_model=no-such-model");

        (await FigureAsync(page, "Would be")).ShouldBe(Shown.Unknown);
        (await page.Tile("Difference").Locator(".figure").InnerTextAsync()).ShouldBe(Shown.Unknown);
        (await page.Page.Locator("[data-card=what-if]").InnerTextAsync()).ShouldContain("unknown model");

        var whatIf = new WhatIf(host.Observer.Prices);
        var savings = PricedCalls.Create(120, host.Observer.Prices).Select(envelope => whatIf.CacheSavingsNanos(envelope.Call)).ToList();
        var card = page.Page.Locator("[data-card=cache-savings]");
        (await card.Locator(".figure").GetAttributeAsync("title")).ShouldBe(Shown.Exact(savings.Sum()));
        (await card.InnerTextAsync()).ShouldContain($"Not known of {Shown.Whole(savings.Count(saved => saved is null))} calls.");

        await page.GoAsync(host.Address, $"#/costs?{Days}&model=house-model&cost_reason=missing_usage");
        (await card.Locator(".figure").InnerTextAsync()).ShouldBe(Shown.Unknown, "not a zero");
    }

    private static async Task<DashboardHost> FilledAsync(int calls)
    {
        var host = await DashboardHost.StartAsync();
        await host.WriteAsync(PricedCalls.Create(calls, host.Observer.Prices));
        return host;
    }

    private static async Task<WhatIfReport> ReportAsync(DashboardHost host, WhatIf whatIf) =>
        await whatIf.ReportAsync(host.Store.ExportAsync(Time, Cancel), Cancel);

    private static async Task<LlmAggregate> SpendAsync(DashboardHost host, LlmField by, int top) => await host.Store.AggregateAsync(
        new LlmAggregateRequest { Filter = Time, GroupBy = [by], Top = top, TopBy = LlmTopBy.Cost, Measures = LlmMeasureSet.Spend }, Cancel);

    private static async Task<string?> FigureAsync(DashboardPage page, string tile) => await page.Tile(tile).Locator(".figure").GetAttributeAsync("title");

    private static string Cost(LlmMeasures measures) => Shown.Money(measures.Priced == 0 ? null : measures.Cost.TotalNanos);

    private static string Part(LlmMeasures measures, long nanos) => Shown.Money(measures.Priced == 0 ? null : nanos);

    private static string Share(LlmMeasures measures, LlmMeasures total) =>
        Shown.Percent(measures.Priced == 0 ? null : (double)measures.Cost.TotalNanos / total.Cost.TotalNanos);

    private static string PerCall(LlmMeasures measures) =>
        measures.Priced == 0 ? Shown.Unknown : Shown.Money((decimal)measures.Cost.TotalNanos / measures.Priced);
}
