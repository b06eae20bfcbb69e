using LlmObservability.Dashboard.Browser.Tests.Browsing;
using LlmObservability.Dashboard.Browser.Tests.Hosting;

namespace LlmObservability.Dashboard.Browser.Tests;

/// <summary>What stands there when nothing can, and when there is very much.</summary>
public sealed class StateTests(Chromium chromium, SampleHost host)
{
    [Theory]
    [InlineData(403, "You may not see this")]
    [InlineData(404, "Not found")]
    [InlineData(429, "Too many questions at once")]
    [InlineData(503, "The store is away")]
    [InlineData(504, "It took too long")]
    public async Task An_error_says_what_it_means_and_the_rest_stays(int status, string title)
    {
        await using var page = await chromium.OpenAsync();
        page.MayComplain = true;
        await page.Page.RouteAsync("**/api/v1/aggregate?**bucket=**", route => route.FulfillAsync(new()
        {
            Status = status,
            ContentType = "application/problem+json",
            Headers = [new("retry-after", "60")],
            Body = $$"""{"type":"about:blank","title":"x","status":{{status}},"detail":"Because <b>so</b>.","code":"x"}""",
        }));
        await page.GoAsync(host.Address, $"#/overview?{SampleHost.Days}");
        var failure = page.Page.Locator($".failure[data-status='{status}']");
        (await failure.InnerTextAsync()).ShouldContain(title);
        (await failure.InnerTextAsync()).ShouldContain("Because <b>so</b>.");
        (await page.Tile("Calls").Locator(".figure").InnerTextAsync()).ShouldBe("600");
        await page.Page.UnrouteAllAsync();
        await failure.GetByText("Try again").ClickAsync();
        await page.Page.Locator("[data-chart=Cost]").WaitForAsync();
    }

    [Fact]
    public async Task A_store_that_was_away_is_asked_again_without_a_hand()
    {
        await using var page = await chromium.OpenAsync();
        page.MayComplain = true;
        var asked = 0;
        await page.Page.RouteAsync("**/api/v1/calls?**", route => Interlocked.Increment(ref asked) > 1 ? route.ContinueAsync() : route.FulfillAsync(new() { Status = 503 }));
        await page.GoAsync(host.Address, $"#/calls?{SampleHost.Days}");
        await page.Page.Locator("tr[data-id]").First.WaitForAsync();
        (await page.Page.Locator(".failure").CountAsync()).ShouldBe(0);
    }

    [Fact]
    public async Task An_answer_slower_than_the_automatic_refresh_is_waited_for()
    {
        await using var page = await chromium.OpenAsync();
        await page.Page.Clock.InstallAsync();
        var answered = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var asked = 0;
        await page.Page.RouteAsync("**/api/v1/aggregate?**compare_previous**", async route =>
        {
            Interlocked.Increment(ref asked);
            await answered.Task;
            await route.ContinueAsync();
        });
        await page.Page.GotoAsync(new Uri(host.Address, "llm/") + "#/overview?range=1h");
        await page.Page.Locator("[data-breakdown=model] .empty").WaitForAsync();
        await page.Page.Clock.RunForAsync(6_000);
        asked.ShouldBe(1);
        answered.SetResult();
        await page.Tile("Calls").WaitForAsync();

        await page.Page.RunAndWaitForRequestAsync(
            () => page.Page.Clock.RunForAsync(6_000), request => request.Url.Contains("compare_previous", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_server_that_says_when_to_ask_again_is_not_asked_before()
    {
        await using var page = await chromium.OpenAsync();
        page.MayComplain = true;
        await page.Page.Clock.InstallAsync();
        var asked = 0;
        await page.Page.RouteAsync("**/api/v1/aggregate?**compare_previous**", route =>
        {
            Interlocked.Increment(ref asked);
            return route.FulfillAsync(new() { Status = 429, Headers = [new("retry-after", "60")] });
        });
        await page.GoAsync(host.Address, "#/overview?range=1h");
        await page.Page.Locator(".failure[data-status='429']").WaitForAsync();
        await page.Page.Clock.RunForAsync(40_000);
        asked.ShouldBe(1);

        await page.Page.RunAndWaitForRequestAsync(
            () => page.Page.Clock.RunForAsync(40_000), request => request.Url.Contains("compare_previous", StringComparison.Ordinal));
    }

    [Fact]
    public async Task An_answer_that_makes_no_sense_breaks_its_part_alone()
    {
        await using var page = await chromium.OpenAsync();
        page.MayComplain = true;
        await page.Page.RouteAsync("**/api/v1/aggregate?**compare_previous**", route => route.FulfillAsync(new() { ContentType = "application/json", Body = "{}" }));
        await page.GoAsync(host.Address, $"#/overview?{SampleHost.Days}");
        await page.Page.Locator("[data-broken]").WaitForAsync();
        await page.Page.Locator("[data-breakdown=model] tbody tr").First.WaitForAsync();
        await page.Page.Locator("nav a[href^='#/calls']").ClickAsync();
        await page.Page.Locator("tr[data-id]").First.WaitForAsync();
    }

    [Fact]
    public async Task Without_any_call_it_says_how_to_send_the_first()
    {
        await using var empty = await DashboardHost.StartAsync();
        await using var page = await chromium.OpenAsync(360);
        foreach (var screen in new[] { "overview", "calls" })
        {
            await page.GoAsync(empty.Address, "#/" + screen);
            (await page.Page.Locator("[data-empty=all]").InnerTextAsync()).ShouldContain("WithLlmObservability");
            (await page.Page.EvaluateAsync<int>("() => document.documentElement.scrollWidth")).ShouldBeLessThanOrEqualTo(360, screen);
        }
    }

    [Fact]
    public async Task A_time_without_calls_shows_the_way_to_one_with_some()
    {
        await using var page = await chromium.OpenAsync();
        await page.GoAsync(host.Address, "#/calls?range=15m&model=nothing");
        await page.Page.Locator("[data-empty=range]").GetByText("Without the filters").ClickAsync();
        await page.Page.Locator("[data-empty=range]").GetByText("Last 30 days").ClickAsync();
        await page.Page.Locator("tr[data-id]").First.WaitForAsync();
        (await page.TotalAsync()).ShouldBe(600);
    }

    [Fact]
    public async Task What_a_store_did_not_look_at_is_said()
    {
        await using var page = await chromium.OpenAsync();
        await page.Page.RouteAsync("**/api/v1/aggregate?**", async route =>
        {
            var answer = await route.FetchAsync();
            await route.FulfillAsync(new() { Response = answer, Body = $$"""{"capped_from":"2026-01-02T00:00:00Z",{{(await answer.TextAsync())[1..]}}""" });
        });
        foreach (var screen in new[] { "overview", "costs", "performance?vs=before", "quality", "calls" })
        {
            await page.GoAsync(host.Address, $"#/{screen}{(screen.Contains('?', StringComparison.Ordinal) ? '&' : '?')}{SampleHost.Days}");
            (await page.Page.Locator("main").InnerTextAsync()).ShouldContain(screen == "calls" ? "at least 600" : "newest part of the time only", Case.Insensitive, screen);
        }
    }

    [Fact]
    public async Task Figures_of_twelve_digits_and_long_names_fit_a_small_screen()
    {
        await using var page = await chromium.OpenAsync(360);
        await page.Page.RouteAsync("**/api/v1/aggregate?**", async route =>
        {
            var text = await (await route.FetchAsync()).TextAsync();
            var large = System.Text.RegularExpressions.Regex.Replace(text, @"""(calls|priced|failed|completed|input_tokens|output_tokens|sum|p95|p50)"":\d+(\.\d+)?", "\"$1\":123456789012");
            large = System.Text.RegularExpressions.Regex.Replace(large, @"""keys"":\[""[^""]*""", "\"keys\":[\"" + new string('W', 3_000) + "\"");
            await route.FulfillAsync(new() { ContentType = "application/json", Body = large });
        });
        foreach (var screen in new[] { "overview", "costs", "performance?vs=before", "quality", "calls" })
        {
            await page.GoAsync(host.Address, $"#/{screen}{(screen.Contains('?', StringComparison.Ordinal) ? '&' : '?')}{SampleHost.Days}");
            (await page.Page.EvaluateAsync<int>("() => document.documentElement.scrollWidth")).ShouldBeLessThanOrEqualTo(360, screen);
            (await page.Page.EvaluateAsync<string[]>("""
                () => [...document.querySelectorAll('.tile, .chart, .card, .matching')].filter(part => part.scrollWidth > part.clientWidth + 1).map(part => part.innerText.slice(0, 60))
                """)).ShouldBeEmpty(screen);
        }
    }
}
