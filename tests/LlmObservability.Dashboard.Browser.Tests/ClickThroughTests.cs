using System.Text.RegularExpressions;
using LlmObservability.Dashboard.Browser.Tests.Browsing;
using LlmObservability.Dashboard.Browser.Tests.Hosting;

namespace LlmObservability.Dashboard.Browser.Tests;

/// <summary>Every figure leads to the calls behind it, and there are as many of them as it says.</summary>
public sealed partial class ClickThroughTests(Chromium chromium, SampleHost host)
{
    // Asks the API for what each link filters by: the address of a fixed time is the API's own filter.
    private const string Ask = """
        async () => {
          const links = new Map();
          const collect = () => {
            for (const link of document.querySelectorAll('main a[data-calls]')) {
              links.set(link.getAttribute('href'), { href: link.getAttribute('href'), calls: Number(link.dataset.calls), text: link.innerText });
            }
          };
          collect();
          // One table is open at a time.
          for (const button of document.querySelectorAll('.chart figcaption button')) {
            button.click();
            for (let frame = 0; frame < 300 && button.getAttribute('aria-pressed') !== 'true'; frame++) {
              await new Promise(requestAnimationFrame);
            }
            if (document.querySelectorAll('.chart figcaption button[aria-pressed=true]').length !== 1) {
              throw new Error('There is more than one open table, or none');
            }
            collect();
          }
          const all = [...links.values()];
          const ask = async link => {
            const answer = await fetch('api/v1/aggregate?measures=spend&' + link.href.split('?')[1]);
            link.found = answer.ok ? (await answer.json()).total.calls : -answer.status;
          };
          for (let i = 0; i < all.length; i += 8) {
            await Promise.all(all.slice(i, i + 8).map(ask));
          }
          return all;
        }
        """;

    // Figures without a way to calls, and without a word about it.
    private const string Silent = """
        () => [...document.querySelectorAll('.tile .figure, .tile dd, .split li, .compare td.num:nth-child(-n+3), [data-breakdown] td.num')]
          .filter(place => /[0-9]/.test(place.innerText) && place.querySelector('a') === null && place.querySelector('span[title]') === null)
          .map(place => place.innerText)
        """;

    [Theory]
    [InlineData("overview?", 40)]
    [InlineData("costs?by=model", 20)]
    [InlineData("costs?by=user&vs=values&vs_field=variant&vs_one=control&vs_other=treatment", 10)]
    [InlineData("performance?by=tenant&vs=time&vs_from={before}&vs_to={from}", 60)]
    [InlineData("performance?by=tag.team&outcome=completed&vs=values&vs_field=config&vs_one=a&vs_other=b", 60)]
    [InlineData("quality?", 20)]
    [InlineData("quality?outcome=completed&tenant=acme&not_in.user=o%27brien", 15)]
    public async Task Each_link_leads_to_as_many_calls_as_it_says(string screen, int least)
    {
        await using var page = await chromium.OpenAsync();
        var filled = screen
            .Replace("{before}", $"{SampleHost.From.AddDays(-1):yyyy-MM-ddTHH:mm:ssZ}", StringComparison.Ordinal)
            .Replace("{from}", $"{SampleHost.From.AddDays(1):yyyy-MM-ddTHH:mm:ssZ}", StringComparison.Ordinal);
        await page.GoAsync(host.Address, $"#/{filled}&{SampleHost.Days}");

        var links = await page.Page.EvaluateAsync<Link[]>(Ask);

        links.Length.ShouldBeGreaterThan(least);
        links.Where(link => link.Calls != link.Found).Select(link => $"{link.Text}: {link.Calls} but {link.Found} of {link.Href}").ShouldBeEmpty();
        (await page.Page.EvaluateAsync<string[]>(Silent)).ShouldBeEmpty();
    }

    [Theory]
    [InlineData("overview?", ".tile a[data-calls]", 6)]
    [InlineData("overview?", "[data-breakdown=model] tbody a[data-calls]", 6)]
    [InlineData("performance?vs=values&vs_field=variant&vs_one=control&vs_other=treatment", ".compare a[data-calls]", 8)]
    [InlineData("quality?", ".tile a[data-calls]", 6)]
    public async Task A_click_shows_as_many_calls_as_were_clicked(string screen, string selector, int most)
    {
        await using var page = await chromium.OpenAsync();
        await page.GoAsync(host.Address, $"#/{screen}&{SampleHost.Days}");
        var count = await page.Page.Locator(selector).CountAsync();
        count.ShouldBeGreaterThan(3);
        for (var i = 0; i < count; i += Math.Max(1, count / most))
        {
            var link = page.Page.Locator(selector).Nth(i);
            var calls = long.Parse(await link.GetAttributeAsync("data-calls") ?? "", System.Globalization.CultureInfo.InvariantCulture);
            var text = await link.InnerTextAsync();
            if (WholeNumber().Match(text) is { Success: true } number)
            {
                number.Value.Replace(",", "", StringComparison.Ordinal).ShouldBe($"{calls}");
            }

            await link.ClickAsync();
            (await page.TotalAsync()).ShouldBe(calls, text);
            await page.Page.GoBackAsync();
            await page.Page.Locator(selector).First.WaitForAsync();
            await page.SettleAsync();
        }
    }

    [Fact]
    public async Task A_part_of_a_bar_leads_to_the_calls_that_its_table_leads_to()
    {
        await using var page = await chromium.OpenAsync();
        await page.GoAsync(host.Address, $"#/costs?by=model&{SampleHost.Days}");
        var chart = page.Page.Locator(".chart").First;
        await chart.GetByText("Table", new() { Exact = true }).ClickAsync();
        var links = await chart.Locator("a.to-calls").EvaluateAllAsync<string[]>("links => links.map(link => link.hash)");
        await chart.GetByText("Chart", new() { Exact = true }).ClickAsync();
        var plot = chart.Locator(".u-over");
        var box = (await plot.BoundingBoxAsync())!;
        for (var x = 0.02f; x < 1 && !page.Page.Url.Contains("#/calls", StringComparison.Ordinal); x += 0.013f)
        {
            await plot.ClickAsync(new() { Position = new() { X = box.Width * x, Y = box.Height - 4 } });
        }

        links.ShouldContain(new Uri(page.Page.Url).Fragment);
        (await page.TotalAsync()).ShouldBeGreaterThan(0);
    }

    [GeneratedRegex(@"^[0-9][0-9,]*(?= [a-z]|$)")]
    private static partial Regex WholeNumber();

    private sealed class Link
    {
        public string Href { get; set; } = "";

        public string Text { get; set; } = "";

        public long Calls { get; set; }

        public long Found { get; set; }
    }
}
