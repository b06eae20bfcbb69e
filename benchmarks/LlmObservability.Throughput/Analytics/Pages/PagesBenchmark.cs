using System.Globalization;
using LlmObservability.Dashboard.Browser.Tests.Browsing;
using LlmObservability.Throughput.Analytics.Dashboard;
using Microsoft.Playwright;

namespace LlmObservability.Throughput.Analytics.Pages;

/// <summary>How long a reader of the dashboard waits, in a real browser over a filled database.</summary>
/// <remarks>
/// The first render is counted from the begin of the navigation, with an empty cache and a connection of its own; a view from the
/// click that leads there. Both end with the frame after the last answer was drawn.
/// </remarks>
internal sealed class PagesBenchmark(BenchmarkDatabase database, AnalyticsOptions options)
{
    private const int MostRows = 200;
    private const double FirstRenderBound = 1_000;
    private const double ViewBound = 300;

    // Two frames, since the first may come before the screen has changed.
    private const string Drawn =
        """
        const frame = () => new Promise(requestAnimationFrame);
        const until = performance.now() + 30000;
        do { await frame(); await frame(); } while (performance.now() < until && (document.querySelector('main > *') === null || document.querySelector('.loading') !== null));
        await frame();
        """;

    private const string FirstRender = $"async () => {{ {Drawn} return performance.now(); }}";
    private const string View = $"async hash => {{ performance.clearResourceTimings(); const begin = performance.now(); location.hash = hash; {Drawn} return performance.now() - begin; }}";
    private const string Asked =
        "() => performance.getEntriesByType('resource').filter(e => e.name.includes('/api/')).sort((a, b) => b.duration - a.duration).slice(0, 4)"
        + ".map(e => `${Math.round(e.duration)} ms ${decodeURIComponent(new URL(e.name).pathname.split('/v1/')[1] + new URL(e.name).search)}`)";
    private const string Look = "() => [document.querySelectorAll('tbody tr').length, document.querySelectorAll('.failure').length]";

    private static readonly string[] Screens = ["overview", "calls", "costs", "performance", "quality"];

    public async Task<bool> RunAsync()
    {
        await using var store = await AnalyticsStore.OpenAsync(database, AnalyticsStore.Schema);
        await AnalyticsStore.SettleAsync(store);
        var sample = await FilledRange.FindAsync(store);
        await using var application = await MeasuredDashboard.StartAsync(store);
        using var playwright = await Playwright.CreateAsync();
        await using var browser = await playwright.Chromium.LaunchAsync(new()
        {
            ExecutablePath = await ChromiumPath.FindAsync(playwright.Chromium.ExecutablePath),
            Args = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run", "--disable-background-networking"],
        });
        Report.Line($"pages: Chromium {browser.Version} over {await database.CountAsync(AnalyticsStore.Schema):N0} calls up to {sample.To:u}, {options.Runs} runs each after a warm-up; milliseconds");
        Report.Line($"  {"",-28} {"median",9} {"p95",9} {"max",9} {"bound",7} {"rows",6}");

        var within = true;
        foreach (var (name, days) in new[] { ("24 hours", 1), ("30 days", 30) })
        {
            var range = string.Create(CultureInfo.InvariantCulture, $"?from={sample.To.AddDays(-days):yyyy-MM-dd'T'HH:mm:ss'Z'}&to={sample.To:yyyy-MM-dd'T'HH:mm:ss'Z'}");
            within &= await TellAsync($"first render, {name}", FirstRenderBound, () => FirstRenderAsync(browser, new Uri(application.Address, "llm/#/overview" + range)));
            await using var context = await browser.NewContextAsync(new() { ViewportSize = new() { Width = 1_280, Height = 900 } });
            var page = await context.NewPageAsync();
            await page.GotoAsync(new Uri(application.Address, "llm/#/quality" + range).ToString());
            await page.EvaluateAsync<double>(FirstRender);
            foreach (var screen in Screens)
            {
                var elsewhere = screen == "quality" ? "#/overview" + range : "#/quality" + range;
                if (!await TellAsync($"{screen}, {name}", ViewBound, () => ViewAsync(page, elsewhere, $"#/{screen}{range}")))
                {
                    within = false;
                    foreach (var asked in await page.EvaluateAsync<string[]>(Asked))
                    {
                        Report.Line($"      {asked}");
                    }
                }
            }

            within &= await TellAsync($"call, {name}", ViewBound, () => ViewAsync(page, "#/quality" + range, $"#/call/{(days == 1 ? sample.Newest : sample.Middle).Id}"));
        }

        return within;
    }

    private async Task<bool> TellAsync(string name, double bound, Func<Task<(double Time, int Rows)>> run)
    {
        await run();
        List<(double Time, int Rows)> runs = [];
        for (var i = 0; i < options.Runs; i++)
        {
            runs.Add(await run());
        }

        var times = runs.Select(figure => figure.Time).Order().ToArray();
        double At(int percent) => times[Math.Max(0, ((times.Length * percent) + 99) / 100 - 1)];
        var rows = runs.Max(figure => figure.Rows);
        var holds = At(95) <= bound && rows <= MostRows;
        Report.Line($"  {name,-28} {At(50),9:F0} {At(95),9:F0} {times[^1],9:F0} {bound,7:F0} {rows,6} {(holds ? "" : "missed")}");
        return holds;
    }

    private static async Task<(double Time, int Rows)> FirstRenderAsync(IBrowser browser, Uri address)
    {
        await using var context = await browser.NewContextAsync(new() { ViewportSize = new() { Width = 1_280, Height = 900 } });
        var page = await context.NewPageAsync();
        await page.GotoAsync(address.ToString(), new() { WaitUntil = WaitUntilState.Commit });
        return await SeenAsync(page, await page.EvaluateAsync<double>(FirstRender));
    }

    private static async Task<(double Time, int Rows)> ViewAsync(IPage page, string elsewhere, string hash)
    {
        await page.EvaluateAsync<double>(View, elsewhere);
        return await SeenAsync(page, await page.EvaluateAsync<double>(View, hash));
    }

    /// <exception cref="InvalidOperationException">The screen shows a failure, and so was not measured.</exception>
    private static async Task<(double Time, int Rows)> SeenAsync(IPage page, double time)
    {
        var seen = await page.EvaluateAsync<int[]>(Look);
        return seen[1] == 0 ? (time, seen[0]) : throw new InvalidOperationException($"{page.Url} shows {seen[1]} failures.");
    }
}
