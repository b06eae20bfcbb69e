using LlmObservability.Dashboard.Browser.Tests.Browsing;
using LlmObservability.Dashboard.Browser.Tests.Hosting;
using LlmObservability.Queries;
using LlmObservability.Testing;
using Microsoft.AspNetCore.Builder;

namespace LlmObservability.Dashboard.Browser.Tests;

/// <summary>The table of calls: filters in the address, pages, live rows, any path.</summary>
public sealed class CallsTests(Chromium chromium, SampleHost sample)
{
    private static readonly string Days = $"from={ScriptedCalls.TenDaysAgo:yyyy-MM-ddTHH:mm:ssZ}&to={ScriptedCalls.TenDaysAgo.AddDays(3):yyyy-MM-ddTHH:mm:ssZ}";

    [Fact]
    public async Task A_new_call_appears_by_itself()
    {
        await using var host = await DashboardHost.StartAsync();
        await using var page = await chromium.OpenAsync();
        await page.GoAsync(host.Address, "#/calls?live=1");
        await page.Page.Locator("[data-live=open]").WaitForAsync();
        var script = new ScriptedCalls(7, DateTimeOffset.UtcNow.AddSeconds(-1), TimeSpan.FromMilliseconds(500));
        var envelope = script.NextEnvelope();
        await host.WriteAsync([envelope]);
        await page.Page.Locator($"tr[data-id=\"{envelope.Call.Id}\"]").WaitForAsync();
    }

    [Fact]
    public async Task However_many_come_the_table_stays_small_and_is_followed_until_it_is_switched_off()
    {
        await using var host = await DashboardHost.StartAsync();
        await using var page = await chromium.OpenAsync();
        await page.GoAsync(host.Address, "#/calls?live=1&range=15m");
        await page.Page.Locator("[data-live=open]").WaitForAsync();
        var script = new ScriptedCalls(9, DateTimeOffset.UtcNow.AddSeconds(-20), TimeSpan.FromSeconds(10));
        var envelopes = Enumerable.Range(0, 500).Select(_ => script.NextEnvelope()).ToList();
        await host.WriteAsync(envelopes);
        await Assertions.Expect(page.Page.Locator("tr[data-id]")).ToHaveCountAsync(200);
        await Assertions.Expect(page.Page.Locator("[data-live]")).ToContainTextAsync("300 came too fast");
        await page.Page.GetByRole(AriaRole.Switch, new() { Name = "Live" }).ClickAsync();
        await page.Page.Locator("[data-live]").WaitForAsync(new() { State = WaitForSelectorState.Detached });
        (await page.TotalAsync()).ShouldBe(500);
        await Assertions.Expect(page.Page.Locator("tr[data-id]")).ToHaveCountAsync(100);
    }

    [Fact]
    public async Task It_works_below_a_path_base_and_from_an_address_without_its_last_slash()
    {
        await using var host = await DashboardHost.StartAsync(app => app.UsePathBase("/base").UseRouting());
        await host.WriteAsync(ScriptedCalls.Create(20));
        await using var page = await chromium.OpenAsync();
        await page.Page.GotoAsync(new Uri(host.Address, "base/llm") + $"#/calls?{Days}");
        await page.Page.Locator("tr[data-id]").First.WaitForAsync();
        new Uri(page.Page.Url).AbsolutePath.ShouldBe("/base/llm/");
    }

    [Fact]
    public async Task It_works_behind_a_proxy_that_strips_a_prefix()
    {
        await using var host = await DashboardHost.StartAsync();
        await host.WriteAsync(ScriptedCalls.Create(20));
        await using var proxy = await PrefixProxy.StartAsync(host.Address);
        await using var page = await chromium.OpenAsync();
        await page.Page.GotoAsync(new Uri(proxy.Address, "llm") + $"#/calls?{Days}");
        await page.Page.Locator("tr[data-id]").First.WaitForAsync();
        new Uri(page.Page.Url).AbsolutePath.ShouldBe("/outer/llm/");
    }

    [Fact]
    public async Task What_is_exported_is_what_is_filtered()
    {
        await using var page = await chromium.OpenAsync();
        await page.GoAsync(sample.Address, $"#/calls?{Days}&outcome=failed");
        var failed = await sample.IdsAsync(new LlmCondition(LlmField.Outcome, LlmOperator.In, "failed"));
        var download = await page.Page.RunAndWaitForDownloadAsync(() => page.Page.GetByText("JSON Lines").ClickAsync());
        var lines = await File.ReadAllLinesAsync(await download.PathAsync(), TestContext.Current.CancellationToken);
        lines.Length.ShouldBe(failed.Count);
        failed.ShouldAllBe(id => lines.Any(line => line.Contains(id.ToString(), StringComparison.Ordinal)));
        download = await page.Page.RunAndWaitForDownloadAsync(() => page.Page.GetByText("CSV").ClickAsync());
        var table = await File.ReadAllTextAsync(await download.PathAsync(), TestContext.Current.CancellationToken);
        failed.ShouldAllBe(id => table.Contains(id.ToString(), StringComparison.Ordinal));
    }

    [Fact]
    public async Task Chosen_columns_are_remembered_and_each_can_be_ordered_by()
    {
        await using var page = await chromium.OpenAsync();
        await page.GoAsync(sample.Address, $"#/calls?{Days}");
        await page.Page.GetByText("Columns").ClickAsync();
        await page.Page.EvaluateAsync("""
            async () => {
              const frame = () => new Promise(resolve => requestAnimationFrame(() => setTimeout(resolve)));
              for (let box; (box = document.querySelector('.chooser input[type=checkbox]:not(:checked)')) !== null; await frame()) { box.click(); }
            }
            """);
        await page.Page.GetByLabel("Key of an own tag").FillAsync("team");
        await page.Page.Keyboard.PressAsync("Enter");
        await page.Page.Locator("th").GetByText("team", new() { Exact = true }).WaitForAsync();
        await page.GoAsync(sample.Address, $"?#/calls?{Days}");
        var headings = await page.Page.Locator("thead th").AllInnerTextsAsync();
        headings.ShouldContain("Finish reason");
        headings.ShouldContain("team");
        (await page.Page.EvaluateAsync<string[]>("""
            async () => {
              const refused = [];
              for (const link of document.querySelectorAll('thead th a')) {
                const answer = await fetch('api/v1/calls?limit=1&' + link.hash.split('?')[1].replace(/(^|&)columns=[^&]*/, ''));
                if (!answer.ok) { refused.push(link.innerText); }
              }
              return refused;
            }
            """)).ShouldBeEmpty();
    }

    [Fact]
    public async Task Costs_are_ordered_by_a_heading()
    {
        await using var page = await chromium.OpenAsync();
        await page.GoAsync(sample.Address, $"#/calls?{Days}&present=cost_nanos");
        await page.Page.Locator("thead").GetByText("Cost", new() { Exact = true }).ClickAsync();
        await page.Page.Locator("th[aria-sort=descending]").GetByText("Cost").WaitForAsync();
        await page.SettleAsync();
        var expected = await sample.Store.ListAsync(
            new LlmListRequest
            {
                Filter = new LlmFilter { From = SampleHost.From, To = SampleHost.To, Conditions = [new LlmCondition(LlmField.CostNanos, LlmOperator.Present)] },
                Order = new LlmOrder(LlmField.CostNanos, Descending: true),
                Limit = 100,
            },
            TestContext.Current.CancellationToken);
        (await page.RowIdsAsync()).ShouldBe(expected.Calls.Select(call => call.Id));
    }
}
