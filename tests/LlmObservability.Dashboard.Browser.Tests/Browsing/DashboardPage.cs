namespace LlmObservability.Dashboard.Browser.Tests.Browsing;

/// <summary>One page with what it complained of.</summary>
public sealed class DashboardPage : IAsyncDisposable
{
    // Some frames in a row, since one answer may lead to the next question.
    private const string Settle = """
        async () => {
          let calm = 0;
          for (let frame = 0; frame < 1800 && calm < 6; frame++) {
            await new Promise(requestAnimationFrame);
            const unseen = document.querySelector('.when-seen');
            calm = unseen === null && document.querySelector('.loading') === null ? calm + 1 : 0;
            unseen?.scrollIntoView();
          }
          scrollTo(0, 0);
          return calm === 6;
        }
        """;

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

    /// <summary>Whether the test makes the page complain: a question that fails stands in the console.</summary>
    public bool MayComplain { get; set; }

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

    /// <summary>Waits until every question of the screen is answered, of those too that are asked when a reader comes near.</summary>
    public async Task SettleAsync()
    {
        await Page.Locator("main > *").First.WaitForAsync();
        (await Page.EvaluateAsync<bool>(Settle)).ShouldBeTrue("the screen came to rest");
        if (!MayComplain)
        {
            // A question that was refused explains what is missing better than what is missing does.
            Complaints.ShouldBeEmpty();
        }
    }

    /// <summary>Goes to a screen by its address alone, as a link does.</summary>
    public async Task FollowAsync(string hash)
    {
        await Page.EvaluateAsync("hash => { location.hash = hash; }", hash);
        await SettleAsync();
    }

    /// <summary>How many calls the table says to match, once it says so of what stands in the address.</summary>
    public async Task<long> TotalAsync()
    {
        await Page.Locator("[data-total]").WaitForAsync();
        return await Page.EvaluateAsync<long>("() => Number(document.querySelector('[data-total]').dataset.total)");
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

    /// <summary>Fails a test, otherwise well, whose page complained of anything.</summary>
    public async ValueTask DisposeAsync()
    {
        await Page.Context.DisposeAsync();
        if (!MayComplain && TestContext.Current.TestState?.Result != TestResult.Failed)
        {
            Complaints.ShouldBeEmpty();
        }
    }

    private void Complain(string text)
    {
        lock (_complaints)
        {
            _complaints.Add(text);
        }
    }
}
