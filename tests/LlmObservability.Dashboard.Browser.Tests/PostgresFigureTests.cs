using LlmObservability.Dashboard.Browser.Tests.Browsing;
using LlmObservability.Dashboard.Browser.Tests.Hosting;
using LlmObservability.Queries;

namespace LlmObservability.Dashboard.Browser.Tests;

/// <summary>
/// Figures over PostgreSQL are what it answers: from rollups and what waits to be folded (by provider), and from single calls, of which it
/// reads less than was asked for (by an own tag), and each card says so.
/// </summary>
public sealed class PostgresFigureTests(PostgresFigures figures, Chromium chromium) : IClassFixture<PostgresFigures>
{
    private const string OfOne = "provider";
    private const string OfTag = "tag.team";

    [Theory]
    [InlineData(OfOne, "openai", false)]
    [InlineData(OfTag, "red", true)]
    public async Task The_overviews_are_the_stores(string field, string value, bool isCapped)
    {
        var (now, page) = await OpenAsync("overview", field, value, isCapped);
        await using var closing = page;
        foreach (var (tile, figure) in new[]
        {
            ("Cost", Shown.Dollars(StoreFigures.Cost(now))),
            ("Calls", Shown.Whole(now.Calls)),
            ("Error rate", Shown.Percent(StoreFigures.Share(now.Failed, now.Calls))),
            ("Latency p95", Shown.Duration(now.Duration.P95)),
            ("First token p95", Shown.Duration(now.TimeToFirstToken.P95)),
            ("Tokens", Shown.Compact(now.InputTokens + now.OutputTokens)),
            ("Cost coverage", Shown.Percent(now.CostCoverage)),
            ("Output speed p50", Shown.Compact(now.OutputTokensPerSecond.P50)),
        })
        {
            (await page.Tile(tile).Locator(".figure a").InnerTextAsync()).ShouldBe(figure, tile);
        }

        var models = await figures.AggregateAsync((field, value), request => request with { GroupBy = [LlmField.Model], Top = 6, TopBy = LlmTopBy.Cost });
        (await StoreFigures.TableAsync(page, "Models")).ShouldBe(StoreFigures.Expected(
            models,
            m => Shown.Whole(m.Calls),
            m => Shown.Dollars(StoreFigures.Cost(m)),
            m => Shown.Duration(m.Duration.P95),
            m => Shown.Percent(StoreFigures.Share(m.Failed, m.Calls))));
    }

    [Theory]
    [InlineData(OfOne, "openai", false)]
    [InlineData(OfTag, "red", true)]
    public async Task The_costs_are_the_stores(string field, string value, bool isCapped)
    {
        var (_, page) = await OpenAsync("costs", field, value, isCapped);
        await using var closing = page;
        var users = await figures.AggregateAsync(
            (field, value), request => request with { GroupBy = [LlmField.User], Top = 10, TopBy = LlmTopBy.Cost, Measures = LlmMeasureSet.Spend, Percentiles = false });
        users.CappedFrom.ShouldNotBeNull("no rollup has users of one provider: one card is capped where the others are not");
        (await page.RowsAsync("[data-breakdown=user]")).Select(row => row[1..3]).ShouldBe(
            users.Rows.Select(row => new[] { Shown.Dollars(StoreFigures.Cost(row.Measures)), Shown.Whole(row.Measures.Calls) }));
        (await page.Page.Locator("[data-breakdown=user] [role=note]").CountAsync()).ShouldBe(1);
        var providers = await figures.AggregateAsync(
            (field, value), request => request with { GroupBy = [LlmField.Provider], Top = 10, TopBy = LlmTopBy.Cost, Measures = LlmMeasureSet.Spend, Percentiles = false });
        (await page.RowsAsync("[data-breakdown=provider]")).Select(row => (row[1], row[3])).ShouldBe(
            providers.Rows.Select(row => (Shown.Dollars(StoreFigures.Cost(row.Measures)), Shown.Whole(row.Measures.Calls))));
        (await page.Page.Locator("[data-breakdown=provider] [role=note]").CountAsync()).ShouldBe(isCapped ? 1 : 0);
    }

    [Theory]
    [InlineData(OfOne, "openai", false)]
    [InlineData(OfTag, "red", true)]
    public async Task The_speeds_are_the_stores(string field, string value, bool isCapped)
    {
        var (_, page) = await OpenAsync("performance", field, value, isCapped);
        await using var closing = page;
        var models = await figures.AggregateAsync((field, value), request => request with { GroupBy = [LlmField.Model], Top = 20 });
        (await StoreFigures.TableAsync(page, "Speed")).ShouldBe(StoreFigures.Expected(
            models,
            m => Shown.Whole(m.Calls),
            m => Shown.Duration(m.Duration.P50),
            m => Shown.Duration(m.Duration.P95),
            m => Shown.Duration(m.Duration.P99),
            m => Shown.Duration(m.TimeToFirstToken.P50),
            m => Shown.Duration(m.TimeToFirstToken.P95),
            m => Shown.Compact(m.OutputTokensPerSecond.P50),
            m => Shown.Percent(StoreFigures.Share(m.Failed, m.Calls))));
    }

    [Theory]
    [InlineData(OfOne, "openai", false)]
    [InlineData(OfTag, "red", true)]
    public async Task The_figures_of_quality_are_the_stores(string field, string value, bool isCapped)
    {
        var (total, page) = await OpenAsync("quality", field, value, isCapped);
        await using var closing = page;
        foreach (var (tile, share) in new[]
        {
            ("Cost coverage", total.CostCoverage),
            ("Usage reported", StoreFigures.Share(total.UsageReported, total.Calls)),
            ("Abandoned", StoreFigures.Share(total.Abandoned, total.Calls)),
        })
        {
            (await page.Tile(tile).Locator(".figure").InnerTextAsync()).ShouldBe(Shown.Percent(share), tile);
        }

        var sources = new[] { ("reported", total.UsageReported), ("estimated", total.UsageEstimated), ("missing", total.UsageMissing) };
        (await page.RowsAsync("[data-breakdown=usage_source]")).Select(row => string.Join(' ', row)).ShouldBe(
            sources.Where(source => source.Item2 > 0).Select(source => $"{source.Item1} {Shown.Whole(source.Item2)} {Shown.Percent(StoreFigures.Share(source.Item2, total.Calls))}"),
            ignoreOrder: true);
    }

    /// <summary>A screen of calls with one value in a field, and what the store says of all of them. Where it is capped every card with an answer of its own says so.</summary>
    private async Task<(LlmMeasures Total, DashboardPage Page)> OpenAsync(string screen, string field, string value, bool isCapped)
    {
        var answer = await figures.AggregateAsync((field, value));
        (answer.CappedFrom is not null).ShouldBe(isCapped);
        answer.Total.Calls.ShouldBeGreaterThan(50);
        var page = await chromium.OpenAsync();
        await page.GoAsync(figures.Address, $"#/{screen}?{PostgresFigures.Range}&{field}={value}");
        if (isCapped)
        {
            (await page.Page.Locator("[data-breakdown]").EvaluateAllAsync<string[]>(
                "cards => cards.filter(card => card.querySelector('tbody tr') && !card.querySelector('[role=note]')).map(card => card.dataset.breakdown)"))
                .ShouldBeEmpty(screen);
            (await page.Page.Locator("main [role=note]").CountAsync()).ShouldBeGreaterThan(1, screen);
        }

        return (answer.Total, page);
    }
}
