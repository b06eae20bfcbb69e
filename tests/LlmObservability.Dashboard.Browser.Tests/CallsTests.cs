using LlmObservability.Dashboard.Browser.Tests.Browsing;
using LlmObservability.Dashboard.Browser.Tests.Hosting;
using LlmObservability.Queries;
using LlmObservability.Testing;
using Microsoft.AspNetCore.Builder;

namespace LlmObservability.Dashboard.Browser.Tests;

/// <summary>The table of calls: filters in the address, pages, live rows, any path.</summary>
public sealed class CallsTests(Chromium chromium)
{
    private static readonly string Days = $"from={ScriptedCalls.TenDaysAgo:yyyy-MM-ddTHH:mm:ssZ}&to={ScriptedCalls.TenDaysAgo.AddDays(3):yyyy-MM-ddTHH:mm:ssZ}";

    [Fact]
    public async Task A_filter_goes_into_the_address_and_comes_back_from_it()
    {
        await using var host = await DashboardHost.StartAsync();
        await host.WriteAsync(ScriptedCalls.Create(300));
        await using var page = await chromium.OpenAsync();
        await page.GoAsync(host.Address, $"#/calls?{Days}");
        await page.Page.GetByText("+ Filter").ClickAsync();
        await page.Page.GetByLabel("Field", new() { Exact = true }).FillAsync("tag.team");
        await page.Page.GetByLabel("Value", new() { Exact = true }).FillAsync(ScriptedCalls.LooksLikeSql);
        await page.Page.GetByRole(AriaRole.Button, new() { Name = "Add", Exact = true }).And(page.Page.Locator(".filter-form button")).ClickAsync();
        await page.Page.Locator(".chip").WaitForAsync();
        await page.SettleAsync();

        var expected = await ExpectedAsync(host, new LlmCondition(LlmField.Tag("team"), LlmOperator.In, ScriptedCalls.LooksLikeSql));
        expected.ShouldNotBeEmpty();
        (await page.RowIdsAsync()).ShouldBe(expected);
        await page.Page.ReloadAsync();
        await page.SettleAsync();
        (await page.RowIdsAsync()).ShouldBe(expected);

        await page.Page.GetByLabel("Remove this filter").ClickAsync();
        await page.Page.Locator(".chip").WaitForAsync(new() { State = WaitForSelectorState.Detached });
        new Uri(page.Page.Url).Fragment.ShouldNotContain("team");
        page.Complaints.ShouldBeEmpty();
    }

    [Fact]
    public async Task Every_call_stands_on_one_page_and_no_page_is_large()
    {
        await using var host = await DashboardHost.StartAsync();
        await host.WriteAsync(ScriptedCalls.Create(450));
        await using var page = await chromium.OpenAsync();
        await page.GoAsync(host.Address, $"#/calls?{Days}");
        var seen = new List<Guid>(await page.RowIdsAsync());
        for (var i = 0; i < 10 && await page.Page.Locator(".next").CountAsync() > 0; i++)
        {
            var first = seen[^1];
            await page.Page.Locator(".next").ClickAsync();
            await page.Page.Locator($"tr[data-id=\"{first}\"]").WaitForAsync(new() { State = WaitForSelectorState.Detached });
            await page.Page.Locator("tr[data-id]").First.WaitForAsync();
            seen.AddRange(await page.RowIdsAsync());
        }

        seen.ShouldBe(await ExpectedAsync(host));
        (await page.Page.Locator("tr[data-id]").CountAsync()).ShouldBeLessThanOrEqualTo(200);
    }

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
        page.Complaints.ShouldBeEmpty();
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
        page.Complaints.ShouldBeEmpty();
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
        page.Complaints.ShouldBeEmpty();
    }

    [Fact]
    public async Task What_is_exported_is_what_is_filtered()
    {
        await using var host = await DashboardHost.StartAsync();
        await host.WriteAsync(ScriptedCalls.Create(300));
        await using var page = await chromium.OpenAsync();
        await page.GoAsync(host.Address, $"#/calls?{Days}&outcome=failed");
        var download = await page.Page.RunAndWaitForDownloadAsync(() => page.Page.GetByText("JSON Lines").ClickAsync());
        var lines = await File.ReadAllLinesAsync(await download.PathAsync(), TestContext.Current.CancellationToken);
        var failed = await ExpectedAsync(host, new LlmCondition(LlmField.Outcome, LlmOperator.In, "failed"));
        lines.Length.ShouldBe(failed.Count);
        failed.ShouldAllBe(id => lines.Any(line => line.Contains(id.ToString(), StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Chosen_columns_are_remembered()
    {
        await using var host = await DashboardHost.StartAsync();
        await host.WriteAsync(ScriptedCalls.Create(20));
        await using var page = await chromium.OpenAsync();
        await page.GoAsync(host.Address, $"#/calls?{Days}");
        await page.Page.GetByText("Columns").ClickAsync();
        await page.Page.GetByLabel("Finish reason").CheckAsync();
        await page.Page.Locator("th").GetByText("Finish reason").WaitForAsync();
        await page.GoAsync(host.Address, $"?#/calls?{Days}");
        (await page.Page.Locator("th").AllInnerTextsAsync()).ShouldContain("Finish reason");
    }

    private static async Task<List<Guid>> ExpectedAsync(DashboardHost host, params LlmCondition[] conditions)
    {
        var page = await host.Store.ListAsync(
            new LlmListRequest { Filter = new LlmFilter { Conditions = conditions }, Limit = 1_000 }, TestContext.Current.CancellationToken);
        return [.. page.Calls.Select(call => call.Id)];
    }
}
