using LlmObservability.Dashboard.Browser.Tests.Browsing;
using LlmObservability.Dashboard.Browser.Tests.Hosting;
using LlmObservability.Testing;

namespace LlmObservability.Dashboard.Browser.Tests;

/// <summary>Ten thousand calls, a page at a time.</summary>
public sealed class PagingTests(Chromium chromium)
{
    // Goes on while there is a page after this one, and tells what was seen on the way: fast enough for a hundred pages.
    private const string Walk = """
        async selector => {
          const seen = [];
          let rows = 0;
          const ids = () => [...document.querySelectorAll('tr[data-id]')].map(row => row.dataset.id);
          for (let pages = 0; pages < 200; pages++) {
            const here = ids();
            seen.push(here);
            rows = Math.max(rows, document.querySelectorAll('main tr').length);
            const link = document.querySelector(selector);
            if (link === null) { break; }
            link.click();
            for (let waits = 0; waits < 2000 && (ids().length === 0 || ids()[0] === here[0]); waits++) {
              await new Promise(resolve => setTimeout(resolve, 5));
            }
          }
          return { seen, rows };
        }
        """;

    [Fact]
    public async Task Each_call_is_seen_once_on_the_way_there_and_on_the_way_back()
    {
        await using var host = await DashboardHost.StartAsync();
        var envelopes = ScriptedCalls.Create(10_000);
        foreach (var batch in envelopes.Chunk(1_000))
        {
            await host.WriteAsync(batch);
        }

        await using var page = await chromium.OpenAsync();
        await page.GoAsync(host.Address, "#/calls?range=30d");
        var there = await page.Page.EvaluateAsync<Walked>(Walk, ".pages .next");
        there.Seen.Length.ShouldBe(100);
        there.Rows.ShouldBeLessThanOrEqualTo(200);
        there.Seen.SelectMany(ids => ids).ShouldBe(
            envelopes.Select(envelope => envelope.Call).OrderByDescending(call => call.StartedAt).ThenByDescending(call => $"{call.Id}", StringComparer.Ordinal).Select(call => $"{call.Id}"));
        (await page.Page.Locator(".pages").InnerTextAsync()).ShouldContain("9,901 – 10,000, no more");

        await page.Page.ReloadAsync();
        await page.SettleAsync();
        var back = await page.Page.EvaluateAsync<Walked>(Walk, ".pages .previous");
        back.Seen.Reverse().SelectMany(ids => ids).ShouldBe(there.Seen.SelectMany(ids => ids));
        (await page.TotalAsync()).ShouldBe(10_000);
    }

    private sealed class Walked
    {
        public string[][] Seen { get; set; } = [];

        public int Rows { get; set; }
    }
}
