using System.Globalization;
using LlmObservability.Dashboard.Browser.Tests.Browsing;
using LlmObservability.Dashboard.Browser.Tests.Hosting;
using LlmObservability.Queries;
using LlmObservability.Testing;

namespace LlmObservability.Dashboard.Browser.Tests;

/// <summary>What the overview says is what the store says.</summary>
public sealed class OverviewTests(Chromium chromium)
{
    [Fact]
    public async Task Its_figures_are_those_of_the_store()
    {
        await using var host = await DashboardHost.StartAsync();
        await host.WriteAsync(ScriptedCalls.Create(2_000));
        var (from, to) = (ScriptedCalls.TenDaysAgo, ScriptedCalls.TenDaysAgo.AddDays(3));
        var total = (await host.Store.AggregateAsync(
            new LlmAggregateRequest { Filter = new LlmFilter { From = from, To = to } }, TestContext.Current.CancellationToken)).Total;

        await using var page = await chromium.OpenAsync();
        await page.GoAsync(host.Address, $"#/overview?from={from:yyyy-MM-ddTHH:mm:ssZ}&to={to:yyyy-MM-ddTHH:mm:ssZ}");

        (await FigureAsync(page, "Calls")).ShouldBe(Whole(total.Calls));
        (await page.Tile("Error rate").Locator(".under").InnerTextAsync()).ShouldBe($"{Whole(total.Failed)} failed");
        (await page.Tile("Cost coverage").Locator(".under").InnerTextAsync()).ShouldBe($"{Whole(total.Priced)} of {Whole(total.Calls)} calls priced");
        (await page.Tile("Cost").Locator(".figure").GetAttributeAsync("title"))
            .ShouldBe("$" + LlmCost.ToUsd(total.Cost.TotalNanos).ToString("0.#########", CultureInfo.InvariantCulture));
        (await page.Tile("Tokens").Locator(".figure").GetAttributeAsync("title")).ShouldBe(Whole(total.InputTokens + total.OutputTokens));
    }

    [Fact]
    public async Task Without_calls_it_says_so()
    {
        await using var host = await DashboardHost.StartAsync();
        await using var page = await chromium.OpenAsync();
        await page.GoAsync(host.Address, "");
        (await page.Page.Locator("main").InnerTextAsync()).ShouldContain("No calls yet");
        (await FigureAsync(page, "Cost")).ShouldNotContain("0.00");
    }

    private static async Task<string> FigureAsync(DashboardPage page, string title) => await page.Tile(title).Locator(".figure").InnerTextAsync();

    private static string Whole(long value) => value.ToString("N0", CultureInfo.InvariantCulture);
}
