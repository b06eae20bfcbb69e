using LlmObservability.Dashboard.Browser.Tests.Browsing;
using LlmObservability.Dashboard.Browser.Tests.Hosting;

namespace LlmObservability.Dashboard.Browser.Tests;

/// <summary>Whoever uses no mouse, or does not see the screen, gets through.</summary>
public sealed class AccessibilityTests(Chromium chromium, SampleHost host)
{
    private const string Serious = """
        async () => (await axe.run(document, { resultTypes: ['violations'] })).violations
          .filter(violation => violation.impact === 'serious' || violation.impact === 'critical')
          .map(violation => `${violation.id}: ${violation.nodes.slice(0, 3).map(node => node.target.join(' ') + ' ' + node.failureSummary).join('; ')}`)
        """;

    private static readonly string Days = SampleHost.Days;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Axe_finds_nothing_serious(bool isDark)
    {
        await using var page = await chromium.OpenAsync(isDark: isDark, bypassesPolicy: true);
        string[] screens =
        [
            $"overview?{Days}", $"calls?{Days}&model=gpt-4.1", $"costs?{Days}&vs=before", $"performance?{Days}&vs=values&vs_field=variant&vs_one=control&vs_other=treatment",
            $"quality?{Days}", $"call/{host.Envelopes[0].Call.Id}", "calls?range=15m", "nowhere",
        ];
        foreach (var screen in screens)
        {
            await page.GoAsync(host.Address, "#/" + screen);
            await ShouldPassAsync(page, screen);
        }

        await page.GoAsync(host.Address, $"#/calls?{Days}");
        foreach (var key in new[] { "s", "?" })
        {
            await page.Page.Keyboard.PressAsync(key);
            await page.Page.Locator("dialog").WaitForAsync();
            await ShouldPassAsync(page, key);
            await page.Page.Keyboard.PressAsync("Escape");
            await page.Page.Locator("dialog").WaitForAsync(new() { State = WaitForSelectorState.Detached });
        }

        await page.Page.Keyboard.PressAsync("f");
        await page.Page.GetByText("Columns").ClickAsync();
        await ShouldPassAsync(page, "forms");
    }

    [Fact]
    public async Task A_dialog_keeps_the_focus_and_gives_it_back()
    {
        await using var page = await chromium.OpenAsync();
        await page.GoAsync(host.Address, $"#/overview?{Days}");
        await TabToAsync(page, "button[aria-label=Keys]");
        await page.Page.Keyboard.PressAsync("Enter");
        await page.Page.Locator("dialog").WaitForAsync();
        for (var i = 0; i < 8; i++)
        {
            await page.Page.Keyboard.PressAsync("Tab");
            // The browser's own frame is part of the round; what lies behind the dialog is not.
            (await page.Page.EvaluateAsync<bool>("() => document.activeElement === document.body || document.activeElement.closest('dialog') !== null")).ShouldBeTrue();
        }

        await page.Page.Keyboard.PressAsync("Escape");
        await page.Page.Locator("dialog").WaitForAsync(new() { State = WaitForSelectorState.Detached });
        (await page.Page.EvaluateAsync<bool>("() => document.activeElement.matches('button[aria-label=Keys]')")).ShouldBeTrue();
    }

    [Fact]
    public async Task Single_keys_lead_everywhere_move_the_focus_and_can_be_switched_off()
    {
        await using var page = await chromium.OpenAsync();
        await page.GoAsync(host.Address, $"#/overview?{Days}");
        string[] titles = ["Overview", "Calls", "Costs", "Performance", "Data quality"];
        for (var i = titles.Length; i > 0; i--)
        {
            await page.Page.Keyboard.PressAsync($"{i}");
            await page.Page.WaitForFunctionAsync("title => document.title.startsWith(title)", titles[i - 1]);
            (await page.Page.EvaluateAsync<string>("() => document.activeElement.id")).ShouldBe("main");
            new Uri(page.Page.Url).Fragment.ShouldContain("from=");
        }

        await page.Page.Keyboard.PressAsync("?");
        await page.Page.GetByLabel("Single keys do this").UncheckAsync();
        await page.Page.Keyboard.PressAsync("Escape");
        await page.Page.Locator("dialog").WaitForAsync(new() { State = WaitForSelectorState.Detached });
        await page.Page.Keyboard.PressAsync("2");
        await page.Page.Keyboard.PressAsync("?");
        await page.Page.Locator("dialog").WaitForAsync();
        page.Page.Url.ShouldContain("#/overview");
    }

    [Fact]
    public async Task The_first_step_skips_to_the_content_and_every_step_is_seen()
    {
        await using var page = await chromium.OpenAsync();
        await page.GoAsync(host.Address, $"#/overview?{Days}");
        await page.Page.Keyboard.PressAsync("Tab");
        (await page.Page.EvaluateAsync<string>("() => document.activeElement.innerText")).ShouldBe("Skip to content");
        await page.Page.Keyboard.PressAsync("Enter");
        (await page.Page.EvaluateAsync<string>("() => document.activeElement.id")).ShouldBe("main");
        for (var i = 0; i < 40; i++)
        {
            await page.Page.Keyboard.PressAsync("Tab");
            (await page.Page.EvaluateAsync<bool>("""
                () => { const style = getComputedStyle(document.activeElement);
                        return document.activeElement === document.body || (style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2); }
                """)).ShouldBeTrue(await page.Page.EvaluateAsync<string>("() => document.activeElement.outerHTML.slice(0, 200)"));
        }
    }

    [Fact]
    public async Task A_call_is_found_with_the_keyboard_alone()
    {
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

    private static async Task ShouldPassAsync(DashboardPage page, string what)
    {
        if (!await page.Page.EvaluateAsync<bool>("() => 'axe' in window"))
        {
            await page.Page.AddScriptTagAsync(new() { Path = Path.Combine(PageTools.Folder, "node_modules", "axe-core", "axe.min.js") });
        }

        (await page.Page.EvaluateAsync<string[]>(Serious)).ShouldBeEmpty(what);
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
