using System.Globalization;
using LlmObservability.Dashboard.Browser.Tests.Browsing;
using LlmObservability.Dashboard.Browser.Tests.Hosting;
using LlmObservability.Queries;
using LlmObservability.Testing;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;

namespace LlmObservability.Dashboard.Browser.Tests;

/// <summary>What the screen of data quality says is what the store and the pipeline say.</summary>
public sealed class QualityTests(Chromium chromium) : IDisposable
{
    private static readonly DateTimeOffset From = ScriptedCalls.TenDaysAgo;
    private static readonly string Days = $"from={From:yyyy-MM-ddTHH:mm:ssZ}&to={From.AddDays(3):yyyy-MM-ddTHH:mm:ssZ}";

    private readonly string _folder = Path.Combine(Path.GetTempPath(), "llm-quality-" + Guid.NewGuid().ToString("N"));

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        if (Directory.Exists(_folder))
        {
            Directory.Delete(_folder, recursive: true);
        }
    }

    [Fact]
    public async Task Its_figures_are_those_of_the_store()
    {
        await using var host = await DashboardHost.StartAsync();
        await host.WriteAsync(PricedCalls.Create(400, host.Observer.Prices));
        await using var page = await chromium.OpenAsync();
        await page.GoAsync(host.Address, $"#/quality?{Days}");

        var total = (await AggregateAsync(host, [])).Total;
        (await FigureAsync(page, "Cost coverage")).ShouldBe((Shown.Percent(total.CostCoverage), $"{Shown.Whole(total.Calls - total.Priced)} calls without a known cost"));
        (await FigureAsync(page, "Usage reported")).ShouldBe(
            (Shown.Percent((double)total.UsageReported / total.Calls), $"{Shown.Whole(total.UsageEstimated)} estimated, {Shown.Whole(total.UsageMissing)} missing"));
        (await FigureAsync(page, "Abandoned")).ShouldBe(
            (Shown.Percent((double)total.Abandoned / total.Calls), $"{Shown.Whole(total.Abandoned)} streams that nobody read to the end"));
        foreach (var (tile, field) in new[] { ("With route", LlmField.Route), ("With feature", LlmField.Feature), ("With tenant", LlmField.Tenant), ("With user", LlmField.User) })
        {
            var without = (await AggregateAsync(host, [new LlmCondition(field, LlmOperator.Missing)])).Total.Calls;
            (await FigureAsync(page, tile)).ShouldBe((Shown.Percent(1 - ((double)without / total.Calls)), $"{Shown.Whole(without)} calls without"));
        }

        var unpriced = new LlmCondition(LlmField.CostNanos, LlmOperator.Missing);
        await ShouldCountAsync(
            "cost_reason", total.Calls - total.Priced, (await AggregateAsync(host, [unpriced], LlmField.CostReason)).Rows.Select(row => (row.Keys[0], row.Measures.Calls)));
        var unknown = await AggregateAsync(host, [unpriced, new LlmCondition(LlmField.CostReason, LlmOperator.In, "unknown_model")], LlmField.Model);
        await ShouldCountAsync("model", unknown.Total.Calls, unknown.Rows.Select(row => (row.Keys[0], row.Measures.Calls)));
        await ShouldCountAsync(
            "usage_source", total.Calls, (await AggregateAsync(host, [], LlmField.UsageSource)).Rows.Select(row => (row.Keys[0], row.Measures.Calls)));
        var abandoned = await AggregateAsync(host, [new LlmCondition(LlmField.Outcome, LlmOperator.In, "abandoned")], LlmField.Route);
        await ShouldCountAsync("route", total.Abandoned, abandoned.Rows.Select(row => (row.Keys[0], row.Measures.Calls)));
        page.Complaints.ShouldBeEmpty();

        // Rows of the same number may stand in any order.
        async Task ShouldCountAsync(string card, long all, IEnumerable<(string? Value, long Calls)> rows)
        {
            var shown = await page.RowsAsync($"[data-breakdown={card}]");
            shown.Length.ShouldBeGreaterThan(0, card);
            shown.Select(row => row[1]).ShouldBe(rows.Select(row => Shown.Whole(row.Calls)), card);
            shown.Select(row => string.Join(' ', row)).ShouldBe(
                rows.Select(row => $"{row.Value ?? "none"} {Shown.Whole(row.Calls)} {Shown.Percent((double)row.Calls / all)}"), ignoreOrder: true, card);
        }
    }

    [Fact]
    public async Task The_store_and_the_pipeline_are_told_as_they_stand()
    {
        await using var host = await DashboardHost.StartAsync(addStore: builder => builder.AddFileStore(_folder));
        await host.WriteAsync(PricedCalls.Create(300, host.Observer.Prices));
        using var inner = new ScriptedChatClient();
        using var client = inner.WithLlmObservability(host.Observer);
        await client.GetResponseAsync("a", cancellationToken: Cancel);
        await host.Observer.FlushAsync(Cancel);
        await using var page = await chromium.OpenAsync();
        await page.GoAsync(host.Address, $"#/quality?{Days}");

        var status = await ((ILlmStoreStatus)host.Store).GetStatusAsync(Cancel);
        var store = await page.FactsAsync("[data-card=store]");
        store["Kind"].ShouldBe("files");
        store["Schema version"].ShouldBe(Shown.Whole(status.SchemaVersion));
        store["Size"].ShouldBe(Shown.Bytes(status.SizeBytes));
        store["Oldest call"].ShouldBe(Minute(status.OldestCallAt));
        store["Newest call"].ShouldBe(Minute(status.NewestCallAt));
        store.Keys.ShouldNotContain("Rollup lag");
        (await page.RowsAsync("[data-card=store]")).ShouldBe(status.Tables.Select(table => new[]
        {
            table.Name, Shown.Bytes(table.SizeBytes), Shown.Whole(table.Rows), Shown.Whole(table.Partitions), Minute(table.From), Minute(table.To),
        }));

        var statistics = host.Observer.GetStatistics();
        var pipeline = await page.FactsAsync("[data-card=pipeline]");
        (pipeline["Calls"], pipeline["In progress"], pipeline["Open streams"]).ShouldBe(("1", "0", "0"));
        pipeline["Records dropped"].ShouldBe(Shown.Whole(statistics.Dropped));
        var sink = statistics.Sinks.Single();
        (pipeline["Accepted"], pipeline["Written"], pipeline["Batches"], pipeline["Retries"]).ShouldBe(
            (Shown.Whole(sink.Accepted), Shown.Whole(sink.Written), Shown.Whole(sink.Batches), Shown.Whole(sink.Retries)));
        pipeline["Last flush"].ShouldBe(Shown.Duration(sink.LastFlush!.Value.Ticks / 10));
        pipeline["Mean flush"].ShouldBe(Shown.Duration(sink.MeanFlush!.Value.Ticks / 10));
        (pipeline["Queue"], pipeline["Dropped"]).ShouldBe(("0 records, 0 B, 0% full", "0"));
        page.Complaints.ShouldBeEmpty();
    }

    [Fact]
    public async Task Who_sees_one_tenant_is_told_of_neither()
    {
        await using var host = await DashboardHost.StartAsync(configure: options => options.Tenant = _ => "acme");
        await using var page = await chromium.OpenAsync();
        await page.GoAsync(host.Address, $"#/quality?{Days}");
        foreach (var card in new[] { "store", "pipeline" })
        {
            await Assertions.Expect(page.Page.Locator($"[data-card={card}] .under")).ToHaveTextAsync("It is of the calls of all tenants, and not shown to one of them.");
        }

        await page.GoAsync(host.Address, $"#/overview?{Days}");
        await page.Tile("Calls").WaitForAsync();
        (await page.Tile("In progress").CountAsync()).ShouldBe(0);
    }

    [Fact]
    public async Task Calls_in_progress_are_on_the_overview()
    {
        await using var host = await DashboardHost.StartAsync();
        var answer = new TaskCompletionSource<ChatResponse>();
        var calling = AskAsync(host.Observer, answer.Task);
        await using var page = await chromium.OpenAsync();
        await page.GoAsync(host.Address, "");
        await Assertions.Expect(page.Tile("In progress").Locator(".figure")).ToHaveTextAsync("1");
        answer.SetResult(ScriptedChatClient.Response());
        await calling;
        await page.Page.GetByRole(AriaRole.Button, new() { Name = "Refresh" }).ClickAsync();
        await Assertions.Expect(page.Tile("In progress").Locator(".figure")).ToHaveTextAsync("0");
    }

    /// <summary>A call that is answered when the test says.</summary>
    private static async Task AskAsync(LlmObserver observer, Task<ChatResponse> answer)
    {
        using var inner = new ScriptedChatClient { Respond = (_, _, _) => answer };
        using var client = inner.WithLlmObservability(observer);
        await client.GetResponseAsync("a", cancellationToken: Cancel);
    }

    private static string[] Tokens(LlmAggregateRow row) =>
        [row.Keys[0] ?? "none", Shown.Whole(row.Measures.Calls), Shown.Compact(row.Measures.InputTokens + row.Measures.OutputTokens)];

    private static async Task<LlmAggregate> AggregateAsync(DashboardHost host, IReadOnlyList<LlmCondition> conditions, params LlmField[] by) => await host.Store.AggregateAsync(
        new LlmAggregateRequest { Filter = new LlmFilter { From = From, To = From.AddDays(3), Conditions = conditions }, GroupBy = by, Top = 8 }, Cancel);

    private static async Task<(string Figure, string Note)> FigureAsync(DashboardPage page, string tile) =>
        (await page.Tile(tile).Locator(".figure").InnerTextAsync(), await page.Tile(tile).Locator(".under").InnerTextAsync());

    private static string Minute(DateTimeOffset? time) => time?.UtcDateTime.ToString("MMM d, yyyy, HH:mm", CultureInfo.InvariantCulture) ?? Shown.Unknown;
}
