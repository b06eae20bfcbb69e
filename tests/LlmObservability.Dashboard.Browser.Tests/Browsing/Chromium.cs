using LlmObservability.Testing;

namespace LlmObservability.Dashboard.Browser.Tests.Browsing;

/// <summary>The browser of all tests: an installed one, else Playwright's own, else the system's package where that may be installed.</summary>
public sealed class Chromium : IAsyncLifetime
{
    private static readonly string[] Quiet =
    [
        "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update",
        "--disable-sync", "--disable-dev-shm-usage",
    ];

    // Of a busy machine; the expectations' own default is 5 s.
    private static readonly float Patience = (float)Eventually.Bound.TotalMilliseconds;

    private IPlaywright? _playwright;
    private IBrowser? _browser;

    public IBrowser Browser => _browser ?? throw new InvalidOperationException("The browser has not started.");

    public async ValueTask InitializeAsync()
    {
        _playwright = await Playwright.CreateAsync();
        Assertions.SetDefaultExpectTimeout(Patience);
        var path = await ChromiumPath.FindAsync(_playwright.Chromium.ExecutablePath);
        _browser = await _playwright.Chromium.LaunchAsync(new() { ExecutablePath = path, Args = Quiet, Timeout = Patience });
    }

    /// <summary>A page in a browser profile of its own; past its Content-Security-Policy only where a test brings a script.</summary>
    public async Task<DashboardPage> OpenAsync(int width = 1_280, bool isDark = false, bool bypassesPolicy = false)
    {
        var context = await Browser.NewContextAsync(new()
        {
            ViewportSize = new() { Width = width, Height = 900 },
            ColorScheme = isDark ? ColorScheme.Dark : ColorScheme.Light,
            BypassCSP = bypassesPolicy,
            Locale = "en-US",
            TimezoneId = "UTC",
        });
        context.SetDefaultTimeout(Patience);
        return new DashboardPage(await context.NewPageAsync());
    }

    public async ValueTask DisposeAsync()
    {
        if (_browser is not null)
        {
            await _browser.DisposeAsync();
        }

        _playwright?.Dispose();
    }
}
