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
            (await moved.CountAsync() == 0 ? null : await moved.InnerTextAsync()).ShouldBe(ShownText.Moved(value, last), title);
        }

        static double? Of(long part, LlmMeasures whole) => StoreFigures.Share(part, whole.Calls);
        await ShouldBeAsync("Cost", ShownText.Money(StoreFigures.Cost(now)), (double?)StoreFigures.Cost(now), (double?)StoreFigures.Cost(before));
        await ShouldBeAsync("Calls", ShownText.Count(now.Calls), now.Calls, before.Calls);
        await ShouldBeAsync("Success rate", ShownText.Percent(Of(now.Completed, now)), Of(now.Completed, now), Of(before.Completed, before));
        await ShouldBeAsync("Error rate", ShownText.Percent(Of(now.Failed, now)), Of(now.Failed, now), Of(before.Failed, before));
        await ShouldBeAsync("Latency p95", ShownText.Duration(now.Duration.P95), now.Duration.P95, before.Duration.P95);
        await ShouldBeAsync("First token p95", ShownText.Duration(now.TimeToFirstToken.P95), now.TimeToFirstToken.P95, before.TimeToFirstToken.P95);
        await ShouldBeAsync("Queue wait p95", ShownText.Duration(now.QueueWait.P95), now.QueueWait.P95, before.QueueWait.P95);
        await ShouldBeAsync("Tokens", ShownText.Compact(now.InputTokens + now.OutputTokens), now.InputTokens + now.OutputTokens, before.InputTokens + before.OutputTokens);
        await ShouldBeAsync("Cost coverage", ShownText.Percent(now.CostCoverage), now.CostCoverage, before.CostCoverage);
        await ShouldBeAsync("Output speed p50", ShownText.Compact(now.OutputTokensPerSecond.P50), now.OutputTokensPerSecond.P50, before.OutputTokensPerSecond.P50);
        foreach (var (title, distribution) in new[] { ("Latency p95", now.Duration), ("First token p95", now.TimeToFirstToken), ("Queue wait p95", now.QueueWait) })
        {
            (await page.Tile(title).Locator("dd").AllInnerTextsAsync()).ShouldBe(
                new[] { distribution.Min, distribution.Mean, distribution.P50, distribution.P99, distribution.Max }.Select(ShownText.Duration), title);
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

        (await page.Tile("Cost").Locator(".figure").GetAttributeAsync("title")).ShouldBe(ShownText.MoneyExact(StoreFigures.Cost(now)!.Value));
        (await page.Tile("Cost").Locator(".split b").AllInnerTextsAsync()).ShouldBe(
            new Func<LlmCost, long>[] { cost => cost.InputNanos, cost => cost.CachedInputNanos, cost => cost.OutputNanos, cost => cost.FeesNanos }
                .Select(part => ShownText.Money(StoreFigures.Cost(now, part))));
        (await page.Tile("Tokens").Locator(".split b").AllInnerTextsAsync()).ShouldBe(
            new[] { now.UncachedInputTokens, now.CacheReadTokens, now.CacheWrite5mTokens + now.CacheWrite1hTokens, now.VisibleOutputTokens, now.ReasoningTokens }
                .Select(tokens => ShownText.Compact(tokens)));
        foreach (var (title, note) in new[]
        {
            ("Cost", $"{ShownText.Count(now.Calls - now.Priced)} calls without a known cost are not in it"),
            ("Calls", $"{ShownText.Compact(now.Calls / 36.0 / 60)} a minute"),
            ("Success rate", $"{ShownText.Count(now.Cancelled)} cancelled, {ShownText.Count(now.Abandoned)} abandoned"),
            ("Error rate", $"{ShownText.Count(now.Failed)} failed"),
            ("Queue wait p95", $"{ShownText.Count(now.QueueWait.Count)} of {ShownText.Count(now.Calls)} calls say how long they waited"),
            ("Cost coverage", $"{ShownText.Count(now.Priced)} of {ShownText.Count(now.Calls)} calls priced"),
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
                    m => ShownText.Count(m.Calls),
                    m => ShownText.Money(StoreFigures.Cost(m)),
                    m => ShownText.Duration(m.Duration.P95),
                    m => ShownText.Percent(StoreFigures.Share(m.Failed, m.Calls))),
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
