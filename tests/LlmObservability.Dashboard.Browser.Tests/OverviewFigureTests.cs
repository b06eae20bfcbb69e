using LlmObservability.Dashboard.Browser.Tests.Browsing;
using LlmObservability.Queries;

namespace LlmObservability.Dashboard.Browser.Tests;

/// <summary>Every figure of the overview is what the store answers.</summary>
public sealed class OverviewFigureTests(Chromium chromium)
{
    [Fact]
    public async Task Each_tile_and_its_move_against_the_period_before_is_the_stores()
    {
        var (host, store) = await StoreFigures.StartAsync();
        await using var ending = host;
        var answer = await store.AggregateAsync(request => request with { ComparePrevious = true });
        var (now, before) = (answer.Total, answer.Previous!);
        await using var page = await chromium.OpenAsync();
        await page.GoAsync(host.Address, "#/overview?" + StoreFigures.Range);

        async Task ShouldBeAsync(string title, string figure, double? value, double? last)
        {
            var tile = page.Tile(title).Locator(".figure");
            (await tile.Locator("a").InnerTextAsync()).ShouldBe(figure, title);
            var moved = tile.Locator(".moved");
            (await moved.CountAsync() == 0 ? null : await moved.InnerTextAsync()).ShouldBe(Shown.Moved(value, last), title);
        }

        static double? Of(long part, LlmMeasures whole) => StoreFigures.Share(part, whole.Calls);
        await ShouldBeAsync("Cost", Shown.Dollars(StoreFigures.Cost(now)), (double?)StoreFigures.Cost(now), (double?)StoreFigures.Cost(before));
        await ShouldBeAsync("Calls", Shown.Whole(now.Calls), now.Calls, before.Calls);
        await ShouldBeAsync("Success rate", Shown.Percent(Of(now.Completed, now)), Of(now.Completed, now), Of(before.Completed, before));
        await ShouldBeAsync("Error rate", Shown.Percent(Of(now.Failed, now)), Of(now.Failed, now), Of(before.Failed, before));
        await ShouldBeAsync("Latency p95", Shown.Duration(now.Duration.P95), now.Duration.P95, before.Duration.P95);
        await ShouldBeAsync("First token p95", Shown.Duration(now.TimeToFirstToken.P95), now.TimeToFirstToken.P95, before.TimeToFirstToken.P95);
        await ShouldBeAsync("Queue wait p95", Shown.Duration(now.QueueWait.P95), now.QueueWait.P95, before.QueueWait.P95);
        await ShouldBeAsync("Tokens", Shown.Compact(now.InputTokens + now.OutputTokens), now.InputTokens + now.OutputTokens, before.InputTokens + before.OutputTokens);
        await ShouldBeAsync("Cost coverage", Shown.Percent(now.CostCoverage), now.CostCoverage, before.CostCoverage);
        await ShouldBeAsync("Output speed p50", Shown.Compact(now.OutputTokensPerSecond.P50), now.OutputTokensPerSecond.P50, before.OutputTokensPerSecond.P50);
        foreach (var (title, distribution) in new[] { ("Latency p95", now.Duration), ("First token p95", now.TimeToFirstToken), ("Queue wait p95", now.QueueWait) })
        {
            (await page.Tile(title).Locator("dd").AllInnerTextsAsync()).ShouldBe(
                new[] { distribution.Min, distribution.Mean, distribution.P50, distribution.P99, distribution.Max }.Select(Shown.Duration), title);
        }

        page.Complaints.ShouldBeEmpty();
    }

    [Fact]
    public async Task Each_part_and_each_note_of_a_tile_is_the_stores()
    {
        var (host, store) = await StoreFigures.StartAsync();
        await using var ending = host;
        var now = (await store.AggregateAsync()).Total;
        await using var page = await chromium.OpenAsync();
        await page.GoAsync(host.Address, "#/overview?" + StoreFigures.Range);

        (await page.Tile("Cost").Locator(".figure").GetAttributeAsync("title")).ShouldBe(Shown.Exact(now.Cost.TotalNanos));
        (await page.Tile("Cost").Locator(".split b").AllInnerTextsAsync()).ShouldBe(
            new Func<LlmCost, long>[] { cost => cost.InputNanos, cost => cost.CachedInputNanos, cost => cost.OutputNanos, cost => cost.FeesNanos }
                .Select(part => Shown.Dollars(StoreFigures.Cost(now, part))));
        (await page.Tile("Tokens").Locator(".split b").AllInnerTextsAsync()).ShouldBe(
            new[] { now.UncachedInputTokens, now.CacheReadTokens, now.CacheWrite5mTokens + now.CacheWrite1hTokens, now.VisibleOutputTokens, now.ReasoningTokens }
                .Select(tokens => Shown.Compact(tokens)));
        foreach (var (title, note) in new[]
        {
            ("Cost", $"{Shown.Whole(now.Calls - now.Priced)} calls without a known cost are not in it"),
            ("Calls", $"{Shown.Compact(now.Calls / 36.0 / 60)} a minute"),
            ("Success rate", $"{Shown.Whole(now.Cancelled)} cancelled, {Shown.Whole(now.Abandoned)} abandoned"),
            ("Error rate", $"{Shown.Whole(now.Failed)} failed"),
            ("Queue wait p95", $"{Shown.Whole(now.QueueWait.Count)} of {Shown.Whole(now.Calls)} calls say how long they waited"),
            ("Cost coverage", $"{Shown.Whole(now.Priced)} of {Shown.Whole(now.Calls)} calls priced"),
        })
        {
            (await page.Tile(title).Locator(".under").InnerTextAsync()).ShouldBe(note, title);
        }
    }

    [Fact]
    public async Task The_lists_of_models_routes_and_tenants_are_the_stores()
    {
        var (host, store) = await StoreFigures.StartAsync();
        await using var ending = host;
        await using var page = await chromium.OpenAsync();
        await page.GoAsync(host.Address, "#/overview?" + StoreFigures.Range);

        foreach (var (title, field) in new[] { ("Models", LlmField.Model), ("Routes", LlmField.Route), ("Tenants", LlmField.Tenant) })
        {
            var answer = await store.AggregateAsync(request => request with { GroupBy = [field], Top = 6, TopBy = LlmTopBy.Cost });
            (await StoreFigures.TableAsync(page, title)).ShouldBe(
                StoreFigures.Expected(
                    answer,
                    m => Shown.Whole(m.Calls),
                    m => Shown.Dollars(StoreFigures.Cost(m)),
                    m => Shown.Duration(m.Duration.P95),
                    m => Shown.Percent(StoreFigures.Share(m.Failed, m.Calls))),
                title);
        }
    }

    [Fact]
    public async Task Where_no_call_waited_there_is_no_queue_wait()
    {
        await using var host = await Hosting.DashboardHost.StartAsync();
        await host.WriteAsync([.. Testing.ScriptedCalls.Create(30).Select(envelope => new Sinks.LlmCallEnvelope(envelope.Call with { QueueWait = null }))]);
        await using var page = await chromium.OpenAsync();
        await page.GoAsync(host.Address, $"#/overview?from={Testing.ScriptedCalls.TenDaysAgo:yyyy-MM-ddTHH:mm:ssZ}&to={Testing.ScriptedCalls.TenDaysAgo.AddDays(3):yyyy-MM-ddTHH:mm:ssZ}");

        (await page.Tile("Queue wait p95").Locator(".figure").InnerTextAsync()).ShouldBe("–");
        (await page.Tile("Queue wait p95").Locator(".under").InnerTextAsync()).ShouldStartWith("0 of ");
        (await page.Tile("Queue wait p95").Locator("a, dd").CountAsync()).ShouldBe(0);
    }
}
