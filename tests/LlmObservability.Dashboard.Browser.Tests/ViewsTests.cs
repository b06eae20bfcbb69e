using LlmObservability.Dashboard.Browser.Tests.Browsing;
using LlmObservability.Dashboard.Browser.Tests.Hosting;

namespace LlmObservability.Dashboard.Browser.Tests;

/// <summary>Addresses under names, in the browser alone.</summary>
public sealed class ViewsTests(Chromium chromium, SampleHost host)
{
    private const string Broken = """
        Object.defineProperty(window, 'localStorage', { get() { throw new DOMException('closed', 'SecurityError'); } });
        Object.defineProperty(window, 'sessionStorage', { get() { throw new DOMException('closed', 'SecurityError'); } });
        """;

    [Fact]
    public async Task A_view_is_saved_opened_renamed_and_deleted_with_the_keyboard()
    {
        await using var page = await chromium.OpenAsync();
        await page.GoAsync(host.Address, $"#/costs?by=tenant&{SampleHost.Days}&outcome=failed");
        var saved = new Uri(page.Page.Url).Fragment;
        var keyboard = page.Page.Keyboard;
        await keyboard.PressAsync("s");
        await page.Page.GetByLabel("Name of this view").WaitForAsync();
        await keyboard.TypeAsync("Failed, <b>by tenant</b>");
        await keyboard.PressAsync("Enter");
        await page.Page.Locator("[data-view]").WaitForAsync();
        await keyboard.PressAsync("Escape");
        await page.Page.Locator("dialog").WaitForAsync(new() { State = WaitForSelectorState.Detached });

        await page.GoAsync(host.Address, "?#/overview");
        await keyboard.PressAsync("s");
        await page.Page.Locator("[data-view] a").FocusAsync();
        await keyboard.PressAsync("Enter");
        await page.Page.Locator("[data-breakdown=tenant]").First.WaitForAsync();
        new Uri(page.Page.Url).Fragment.ShouldBe(saved);

        await keyboard.PressAsync("s");
        await page.Page.GetByRole(AriaRole.Button, new() { Name = "Rename" }).PressAsync("Enter");
        await page.Page.GetByLabel("New name").FillAsync("Failures");
        await keyboard.PressAsync("Enter");
        await page.Page.Locator("[data-view=Failures]").WaitForAsync();
        await page.Page.ReloadAsync();
        await page.SettleAsync();
        await keyboard.PressAsync("s");
        await page.Page.Locator("[data-view=Failures]").WaitForAsync();
        await page.Page.GetByRole(AriaRole.Button, new() { Name = "Delete" }).PressAsync("Enter");
        (await page.Page.Locator("[data-view]").CountAsync()).ShouldBe(0);
    }

    [Fact]
    public async Task Nothing_breaks_where_the_browser_keeps_nothing()
    {
        await using var page = await chromium.OpenAsync();
        await page.Page.AddInitScriptAsync(Broken);
        await page.GoAsync(host.Address, $"#/calls?{SampleHost.Days}");
        await page.Page.Locator(".next").ClickAsync();
        await page.Page.Locator(".previous").WaitForAsync();
        await page.Page.GetByText("Views", new() { Exact = true }).ClickAsync();
        await page.Page.GetByLabel("Name of this view").FillAsync("For now");
        await page.Page.GetByRole(AriaRole.Button, new() { Name = "Save" }).ClickAsync();
        await page.Page.Locator("[data-view]").WaitForAsync();
        (await page.Page.Locator("dialog .note").InnerTextAsync()).ShouldContain("keeps nothing");
    }

    [Fact]
    public async Task What_is_stored_and_makes_no_sense_is_passed_over()
    {
        await using var page = await chromium.OpenAsync();
        await page.Page.AddInitScriptAsync("""
            for (const key of ['views', 'columns', 'theme', 'shortcuts']) {
              localStorage.setItem('llm-observability.' + key, '[{"name":"x","hash":"javascript:alert(1)"}, {');
            }
            sessionStorage.setItem('llm-observability.pages', '{"list":');
            """);
        await page.GoAsync(host.Address, $"#/calls?{SampleHost.Days}");
        await page.Page.Locator("tr[data-id]").First.WaitForAsync();
        await page.Page.GetByText("Views", new() { Exact = true }).ClickAsync();
        (await page.Page.Locator("[data-view]").CountAsync()).ShouldBe(0);
    }
}
