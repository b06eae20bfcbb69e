using System.Globalization;
using LlmObservability.Dashboard.Browser.Tests.Browsing;
using LlmObservability.Dashboard.Browser.Tests.Hosting;
using LlmObservability.Queries;

namespace LlmObservability.Dashboard.Browser.Tests;

/// <summary>Two values, or two periods, beside each other: the store's own figures, and how they differ.</summary>
public sealed class CompareTests(Chromium chromium, SampleHost host)
{
    [Fact]
    public async Task Two_values_are_chosen_by_hand_and_stand_in_the_address()
    {
        await using var page = await chromium.OpenAsync();
        await page.GoAsync(host.Address, $"#/costs?{SampleHost.Days}");
        await page.Page.GetByLabel("Against").SelectOptionAsync("values");
        await page.Page.GetByLabel("Field to compare by").FillAsync("variant");
        await page.Page.GetByLabel("One value", new() { Exact = true }).FillAsync("treatment");
        await page.Page.GetByLabel("Other value", new() { Exact = true }).FillAsync("control");
        await page.Page.GetByRole(AriaRole.Button, new() { Name = "Compare" }).ClickAsync();
        await page.Page.Locator(".compare tbody tr").First.WaitForAsync();
        await ShouldCompareAsync(page, "treatment", "control");
        await page.Page.ReloadAsync();
        await page.SettleAsync();
        await ShouldCompareAsync(page, "treatment", "control");
        await page.Page.GetByLabel("Against").SelectOptionAsync("none");
        await page.Page.Locator(".compare").WaitForAsync(new() { State = WaitForSelectorState.Detached });
        new Uri(page.Page.Url).Fragment.ShouldNotContain("vs");
    }

    [Fact]
    public async Task A_period_stands_beside_the_one_before()
    {
        var (middle, to) = (SampleHost.From.AddDays(1), SampleHost.From.AddDays(2));
        await using var page = await chromium.OpenAsync();
        await page.GoAsync(host.Address, $"#/performance?vs=before&from={middle:yyyy-MM-ddTHH:mm:ssZ}&to={to:yyyy-MM-ddTHH:mm:ssZ}");
        var (one, other) = (await TotalAsync(middle, to), await TotalAsync(SampleHost.From, middle));
        (await CellsAsync(page, "Calls")).ShouldBe([$"{one.Calls}", $"{other.Calls}", Signed(one.Calls - other.Calls), Percent(one.Calls, other.Calls)]);
        var rates = await CellsAsync(page, "Error rate");
        rates[2].ShouldEndWith("points");
    }

    private async Task ShouldCompareAsync(DashboardPage page, string one, string other)
    {
        var (first, second) = (await TotalAsync(SampleHost.From, SampleHost.To, one), await TotalAsync(SampleHost.From, SampleHost.To, other));
        (await CellsAsync(page, "Calls")).ShouldBe([$"{first.Calls}", $"{second.Calls}", Signed(first.Calls - second.Calls), Percent(first.Calls, second.Calls)]);
        var costs = await CellsAsync(page, "Cost");
        costs[0].ShouldBe(Usd(first.Cost.TotalNanos));
        costs[1].ShouldBe(Usd(second.Cost.TotalNanos));
    }

    private static async Task<IReadOnlyList<string>> CellsAsync(DashboardPage page, string figure) =>
        await page.Page.Locator($".compare tr[data-figure=\"{figure}\"]").First.Locator("td").AllInnerTextsAsync();

    private async Task<LlmMeasures> TotalAsync(DateTimeOffset from, DateTimeOffset to, string? variant = null) =>
        (await host.Store.AggregateAsync(
            new LlmAggregateRequest
            {
                Filter = new LlmFilter { From = from, To = to, Conditions = variant is null ? [] : [new(LlmField.Variant, LlmOperator.In, variant)] },
            },
            TestContext.Current.CancellationToken)).Total;

    private static string Usd(long nanos) => LlmCost.ToUsd(nanos).ToString("$#,##0.00", CultureInfo.InvariantCulture);

    private static string Signed(long value) => value == 0 ? "±0" : FormattableString.Invariant($"{(value > 0 ? '+' : '−')}{Math.Abs(value)}");

    private static string Percent(long one, long other)
    {
        var share = (one / (double)other) - 1;
        return one == other ? "±0%" : Math.Abs(share) < 0.1
            ? share.ToString("+0.#%;-0.#%", CultureInfo.InvariantCulture) : share.ToString("+0%;-0%", CultureInfo.InvariantCulture);
    }
}
