using LlmObservability.Dashboard.Browser.Tests.Browsing;
using LlmObservability.Dashboard.Browser.Tests.Hosting;
using LlmObservability.Sinks;
using LlmObservability.Testing;

namespace LlmObservability.Dashboard.Browser.Tests;

/// <summary>What holds on every screen: nothing stored is run, nothing complains, everything fits.</summary>
public sealed class ScreenTests(Chromium chromium, SampleHost sample)
{
    private const string Script = "<img src=x onerror=\"window.hit=1\"><script>window.hit=1</script>";
    private const string Steering = "abc\u202Edef\u2066\u001B[31m\u0007\u200B";

    private static readonly string Days = $"from={ScriptedCalls.TenDaysAgo:yyyy-MM-ddTHH:mm:ssZ}&to={ScriptedCalls.TenDaysAgo.AddDays(3):yyyy-MM-ddTHH:mm:ssZ}";
    private static readonly string[] Screens = ["overview", "calls", "costs", "costs?by=tag.team&vs=before", "performance?vs=values&vs_field=variant&vs_one=control&vs_other=treatment", "quality"];

    [Fact]
    public async Task Text_of_others_is_only_shown()
    {
        await using var host = await DashboardHost.StartAsync();
        var envelopes = ScriptedCalls.Create(40).Select(Hostile).ToList();
        await host.WriteAsync(envelopes);
        await using var page = await chromium.OpenAsync(360);
        string[] harder =
        [
            $"costs?by=tag.{Uri.EscapeDataString(Script)}&{Days}", $"costs?by=tag.{Uri.EscapeDataString(Steering)}&{Days}", $"costs?by=tag.large&{Days}", $"performance?by=tag.large&vs=before&{Days}",
            $"performance?vs=values&vs_field=tag.team&vs_one={Uri.EscapeDataString(Script)}&vs_other={Uri.EscapeDataString(Steering)}&{Days}",
            $"calls?{Days}&tenant={Uri.EscapeDataString(Script)}&columns=model,tag.{Uri.EscapeDataString(Script)},tag.large",
        ];
        foreach (var screen in AllScreens(envelopes[0].Call.Id).Concat(harder))
        {
            await page.GoAsync(host.Address, "#/" + screen);
            (await page.Page.EvaluateAsync<int>("() => document.documentElement.scrollWidth")).ShouldBeLessThanOrEqualTo(360, screen);
            (await page.Page.Locator(".failure").CountAsync()).ShouldBe(0, screen);
            (await page.Page.EvaluateAsync<bool>("() => 'hit' in window")).ShouldBeFalse(screen);
            (await page.Page.Locator("main script, main img").CountAsync()).ShouldBe(0, screen);
            (await page.Page.Locator("main").InnerTextAsync()).ShouldNotContain('\u202E', screen);
        }

        (await page.Page.Locator("main").InnerTextAsync()).ShouldContain("⟨202E⟩");
    }

    [Theory]
    [InlineData(360, false)]
    [InlineData(360, true)]
    [InlineData(768, false)]
    [InlineData(1_920, true)]
    public async Task Every_screen_fits_and_says_nothing_in_the_console(int width, bool isDark)
    {
        await using var page = await chromium.OpenAsync(width, isDark);
        foreach (var screen in AllScreens(sample.Envelopes[0].Call.Id))
        {
            await page.GoAsync(sample.Address, "#/" + screen);
            (await page.Page.EvaluateAsync<int>("() => document.documentElement.scrollWidth")).ShouldBeLessThanOrEqualTo(width, screen);
            (await page.Page.Locator(".failure").CountAsync()).ShouldBe(0, screen);
        }

        var background = await page.Page.EvaluateAsync<string>("() => getComputedStyle(document.body).backgroundColor");
        background.ShouldBe(isDark ? "rgb(15, 18, 22)" : "rgb(245, 246, 248)");
    }

    [Fact]
    public async Task The_chosen_theme_is_remembered()
    {
        await using var page = await chromium.OpenAsync(isDark: true);
        await page.GoAsync(sample.Address, "");
        await page.Page.GetByLabel("Theme: auto").ClickAsync();
        await page.Page.GetByLabel("Theme: light").WaitForAsync();
        await page.Page.ReloadAsync();
        await page.SettleAsync();
        (await page.Page.EvaluateAsync<string>("() => getComputedStyle(document.body).backgroundColor")).ShouldBe("rgb(245, 246, 248)");
    }

    private static IEnumerable<string> AllScreens(Guid call) =>
        Screens.Select(screen => screen + (screen.Contains('?', StringComparison.Ordinal) ? "&" : "?") + Days).Append($"call/{call}");

    private static LlmCallEnvelope Hostile(LlmCallEnvelope envelope, int number) => new(envelope.Call with
    {
        RequestModel = number % 2 == 0 ? Script : Steering,
        ResponseModel = null,
        ErrorType = Script,
        Tags = new LlmTags([new("team", Script), new(Script, Steering), new("large", new string('x', 1_000_000))])
        {
            Route = Steering,
            Tenant = Script,
            User = Steering,
            Feature = Script,
        },
    });
}
