namespace LlmObservability.Dashboard.Browser.Tests.Browsing;

/// <summary>One page with what it complained of.</summary>
public sealed class DashboardPage : IAsyncDisposable
{
    private readonly List<string> _complaints = [];

    internal DashboardPage(IPage page)
    {
        Page = page;
        page.Console += (_, message) =>
        {
            if (message.Type is "error" or "warning")
            {
                Complain(message.Text);
            }
        };
        page.PageError += (_, error) => Complain(error);
        page.Dialog += async (_, dialog) =>
        {
            Complain("dialog: " + dialog.Message);
            await dialog.DismissAsync();
        };
    }

    public IPage Page { get; }

    /// <summary>Errors and warnings of the console, uncaught exceptions, and dialogs.</summary>
    public IReadOnlyList<string> Complaints
    {
        get
        {
            lock (_complaints)
            {
                return [.. _complaints];
            }
        }
    }

    /// <summary>Opens a screen, and waits until nothing is loading any more.</summary>
    public async Task GoAsync(Uri address, string hash)
    {
        await Page.GotoAsync(new Uri(address, "llm/") + hash);
        await SettleAsync();
    }

    /// <summary>Waits until every question of the screen is answered.</summary>
    public async Task SettleAsync()
    {
        await Page.Locator("main > *").First.WaitForAsync();
        await Assertions.Expect(Page.Locator(".loading")).ToHaveCountAsync(0, new() { Timeout = 20_000 });
    }

    public ILocator Tile(string title) => Page.Locator($"[data-tile=\"{title}\"]");

    /// <summary>The calls in the table, from top to bottom.</summary>
    public async Task<Guid[]> RowIdsAsync() =>
        [.. (await Page.Locator("tr[data-id]").EvaluateAllAsync<string[]>("rows => rows.map(row => row.dataset.id)")).Select(Guid.Parse)];

    /// <summary>The texts of a table's cells, from top to bottom.</summary>
    public async Task<string[][]> RowsAsync(string within) => await Page.Locator($"{within} tbody tr").EvaluateAllAsync<string[][]>(
        "rows => rows.map(row => [...row.children].map(cell => cell.innerText.trim()))");

    /// <summary>The figures of lists of them, by their names.</summary>
    public async Task<IReadOnlyDictionary<string, string>> FactsAsync(string within)
    {
        var pairs = await Page.Locator($"{within} .fields > div").EvaluateAllAsync<string[][]>(
            "facts => facts.map(fact => [fact.querySelector('dt').innerText.trim(), fact.querySelector('dd').innerText.trim()])");
        return pairs.DistinctBy(pair => pair[0]).ToDictionary(pair => pair[0], pair => pair[1]);
    }

    public async ValueTask DisposeAsync() => await Page.Context.DisposeAsync();

    private void Complain(string text)
    {
        lock (_complaints)
        {
            _complaints.Add(text);
        }
    }
}
