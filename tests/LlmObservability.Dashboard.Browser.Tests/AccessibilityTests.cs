using LlmObservability.Dashboard.Browser.Tests.Browsing;
using LlmObservability.Dashboard.Browser.Tests.Hosting;
using LlmObservability.Testing;

namespace LlmObservability.Dashboard.Browser.Tests;

/// <summary>Whoever uses no mouse, or does not see the screen, gets through.</summary>
public sealed class AccessibilityTests(Chromium chromium)
{
    private const string Serious = """
        async () => (await axe.run(document, { resultTypes: ['violations'] })).violations
          .filter(violation => violation.impact === 'serious' || violation.impact === 'critical')
          .map(violation => `${violation.id}: ${violation.nodes.slice(0, 3).map(node => node.target.join(' ') + ' ' + node.failureSummary).join('; ')}`)
        """;

    private static readonly string Days = $"from={ScriptedCalls.TenDaysAgo:yyyy-MM-ddTHH:mm:ssZ}&to={ScriptedCalls.TenDaysAgo.AddDays(3):yyyy-MM-ddTHH:mm:ssZ}";

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Axe_finds_nothing_serious(bool isDark)
    {
        await using var host = await DashboardHost.StartAsync();
        var envelopes = ScriptedCalls.Create(60);
        await host.WriteAsync(envelopes);
        await using var page = await chromium.OpenAsync(isDark: isDark, bypassesPolicy: true);
        foreach (var screen in new[] { $"overview?{Days}", $"calls?{Days}&model=gpt-4.1", $"costs?{Days}", $"performance?{Days}", $"quality?{Days}", $"call/{envelopes[0].Call.Id}" })
        {
            await page.GoAsync(host.Address, "#/" + screen);
            await page.Page.AddScriptTagAsync(new() { Path = Path.Combine(PageTools.Folder, "node_modules", "axe-core", "axe.min.js") });
            (await page.Page.EvaluateAsync<string[]>(Serious)).ShouldBeEmpty(screen);
        }
    }

    [Fact]
    public async Task A_call_is_found_with_the_keyboard_alone()
    {
        await using var host = await DashboardHost.StartAsync();
        await host.WriteAsync(ScriptedCalls.Create(30));
        await using var page = await chromium.OpenAsync();
        await page.GoAsync(host.Address, $"#/overview?{Days}");
        await TabToAsync(page, "nav a[href^='#/calls']");
        await page.Page.Keyboard.PressAsync("Enter");
        await page.Page.Locator("tr[data-id]").First.WaitForAsync();
        await TabToAsync(page, "tr[data-id] a");
        await page.Page.Keyboard.PressAsync("Enter");
        await page.Page.Locator(".timeline").WaitForAsync();
        page.Page.Url.ShouldContain("#/call/");
    }

    private static async Task TabToAsync(DashboardPage page, string selector)
    {
        for (var i = 0; i < 60; i++)
        {
            await page.Page.Keyboard.PressAsync("Tab");
            if (await page.Page.EvaluateAsync<bool>("selector => document.activeElement?.matches(selector) ?? false", selector))
            {
                return;
            }
        }

        throw new InvalidOperationException($"Sixty steps do not lead to {selector}.");
    }
}
