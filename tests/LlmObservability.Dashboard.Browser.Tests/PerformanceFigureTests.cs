using LlmObservability.Dashboard.Browser.Tests.Browsing;
using LlmObservability.Queries;

namespace LlmObservability.Dashboard.Browser.Tests;

/// <summary>Every figure of the performance screen is what the store answers.</summary>
public sealed class PerformanceFigureTests(Chromium chromium)
{
    private static readonly (string Title, Func<LlmMeasures, LlmDistribution> Of, Func<double?, string> Shown, LlmField Field)[] Histograms =
    [
        ("Spread of latency", m => m.Duration, Shown.Duration, LlmField.DurationUs),
        ("Spread of first token", m => m.TimeToFirstToken, Shown.Duration, LlmField.TimeToFirstTokenUs),
        ("Spread of output tokens", m => m.OutputLength, Shown.Compact, LlmField.OutputTokens),
        ("Spread of queue wait", m => m.QueueWait, Shown.Duration, LlmField.QueueWaitUs),
    ];

    [Theory]
    [InlineData("model")]
    [InlineData("route")]
    [InlineData("tag.team")]
    public async Task Speed_and_answers_by_any_field_are_the_stores(string by)
    {
        var (host, store) = await StoreFigures.StartAsync();
        await using var ending = host;
        var answer = await store.AggregateAsync(request => request with { GroupBy = [LlmField.Parse(by)], Top = 20 });
        await using var page = await chromium.OpenAsync();
        await page.GoAsync(host.Address, $"#/performance?{StoreFigures.Range}&by={by}");

        (await StoreFigures.TableAsync(page, "Speed")).ShouldBe(StoreFigures.Expected(
            answer,
            m => Shown.Whole(m.Calls),
            m => Shown.Duration(m.Duration.P50),
            m => Shown.Duration(m.Duration.P95),
            m => Shown.Duration(m.Duration.P99),
            m => Shown.Duration(m.TimeToFirstToken.P50),
            m => Shown.Duration(m.TimeToFirstToken.P95),
            m => Shown.Compact(m.OutputTokensPerSecond.P50),
            m => Shown.Percent(StoreFigures.Share(m.Failed, m.Calls))));
        (await StoreFigures.TableAsync(page, "Answers")).ShouldBe(StoreFigures.Expected(
            answer,
            m => Shown.Whole(m.Calls),
            m => Shown.Compact(m.OutputLength.P50),
            m => Shown.Compact(m.OutputLength.P95),
            m => Shown.Percent(StoreFigures.Share(m.SchemaChecked - m.SchemaFailures, m.SchemaChecked)),
            m => Shown.Percent(StoreFigures.Share(m.Cached, m.Calls)),
            m => m.Priced == 0 ? "–" : Shown.Dollars(StoreFigures.Cost(m) / m.Priced)));
        page.Complaints.ShouldBeEmpty();
    }

    [Fact]
    public async Task Finish_reasons_errors_schema_streams_and_tools_are_the_stores()
    {
        var (host, store) = await StoreFigures.StartAsync();
        await using var ending = host;
        await using var page = await chromium.OpenAsync();
        await page.GoAsync(host.Address, "#/performance?" + StoreFigures.Range);
        Task<LlmAggregate> By(LlmField field, params LlmCondition[] conditions) => store.AggregateAsync(
            request => request with { GroupBy = [field], Top = 8, Filter = request.Filter with { Conditions = conditions } });
        string Calls(LlmMeasures m) => Shown.Whole(m.Calls);

        (await StoreFigures.TableAsync(page, "Finish reasons")).ShouldBe(
            StoreFigures.Expected(await By(LlmField.FinishReason), Calls, m => Shown.Compact(m.InputTokens + m.OutputTokens)));
        (await StoreFigures.TableAsync(page, "Error types")).ShouldBe(
            StoreFigures.Expected(
                await By(LlmField.ErrorType, new LlmCondition(LlmField.ErrorType, LlmOperator.Present)), Calls, m => Shown.Duration(m.Duration.Mean)));
        var total = (await store.AggregateAsync()).Total;
        string OfAll(LlmMeasures m) => Shown.Percent(StoreFigures.Share(m.Calls, total.Calls));
        (await StoreFigures.TableAsync(page, "Answers held against a schema")).ShouldBe(StoreFigures.Expected(await By(LlmField.SchemaValidated), Calls, OfAll));
        (await StoreFigures.TableAsync(page, "Streamed")).ShouldBe(StoreFigures.Expected(await By(LlmField.Streaming), Calls, OfAll));

        var tools = await store.ToolsAsync();
        tools.Tools.Count.ShouldBe(6);
        (await StoreFigures.TableAsync(page, "Tools")).ShouldBe(
        [
            .. tools.Tools.Select(tool => (string[])
            [
                tool.Name, tool.Type, Shown.Whole(tool.ToolCalls), Shown.Percent(StoreFigures.Share(tool.Failed, tool.ToolCalls)),
                Shown.Whole(tool.Cancelled), Shown.Whole(tool.Abandoned), Shown.Duration(tool.Duration.P50),
                Shown.Duration(tool.Duration.P95), Shown.Duration(tool.Duration.Max),
            ]),
        ]);
    }

    [Fact]
    public async Task Histograms_and_those_of_the_period_before_are_the_stores()
    {
        var (host, store) = await StoreFigures.StartAsync();
        await using var ending = host;
        var answer = await store.AggregateAsync(request => request with { Histograms = true, ComparePrevious = true });
        await using var page = await chromium.OpenAsync();
        await page.GoAsync(host.Address, "#/performance?" + StoreFigures.Range);

        foreach (var (title, of, shown, _) in Histograms)
        {
            var (now, before) = (of(answer.Total), of(answer.Previous!));
            var figure = page.Page.Locator($"[data-chart=\"{title}\"]");
            (await figure.Locator(".at").InnerTextAsync()).ShouldBe($"median {shown(now.P50)}, before {shown(before.P50)}", title);
            (await figure.Locator(".legend b").AllInnerTextsAsync()).ShouldBe([Shown.Whole(now.Count), Shown.Whole(before.Count)], title);

            // A bar for each bin between the first and the last of both.
            var first = Math.Min(now.Histogram![0].From, before.Histogram![0].From);
            var last = Math.Max(now.Histogram[^1].To, before.Histogram[^1].To);
            var bounds = LlmHistogram.Bounds.Where(bound => bound >= first && bound < last).ToList();
            (await figure.Locator(".bins a").CountAsync()).ShouldBe(bounds.Count, title);
            await figure.GetByRole(AriaRole.Button, new() { Name = "Table" }).ClickAsync();
            var rows = await figure.Locator("tbody tr").EvaluateAllAsync<string[][]>(
                "rows => rows.map(row => [row.dataset.from, ...[...row.cells].slice(1).map(cell => cell.innerText)])");
            rows.ShouldBe(
                [.. bounds.Select(bound => (string[])[LlmValue.Format(bound), .. Cells(now, bound), .. Cells(before, bound)])], title);
        }

        page.Complaints.ShouldBeEmpty();

        static string[] Cells(LlmDistribution of, double bound)
        {
            var count = of.Histogram!.Where(bin => bin.From.Equals(bound)).Sum(bin => bin.Count);
            return [Shown.Whole(count), Shown.Percent(StoreFigures.Share(count, of.Count))];
        }
    }

    [Fact]
    public async Task A_bar_leads_to_the_calls_of_its_bin()
    {
        var (host, store) = await StoreFigures.StartAsync();
        await using var ending = host;
        var answer = await store.AggregateAsync(request => request with { Histograms = true });
        await using var page = await chromium.OpenAsync();
        foreach (var (title, of, _, field) in Histograms)
        {
            await page.GoAsync(host.Address, "#/performance?" + StoreFigures.Range);
            var bin = of(answer.Total).Histogram!.First(bin => bin.Count is > 2 and <= 100);
            var bars = page.Page.Locator($"[data-chart=\"{title}\"] .bins a");
            var places = await bars.EvaluateAllAsync<string[]>("bars => bars.map(bar => bar.getAttribute('href'))");
            var place = Array.FindIndex(places, href => href.Contains($"at_least.{field}={LlmValue.Format((long)Math.Ceiling(bin.From))}&", StringComparison.Ordinal));
            await bars.Nth(place).ClickAsync();
            await page.Page.Locator("tr[data-id]").First.WaitForAsync();
            await page.SettleAsync();

            (await page.RowIdsAsync()).Length.ShouldBe((int)bin.Count, title);
        }
    }

    [Fact]
    public async Task What_is_drawn_over_time_by_group_is_chosen_in_the_address()
    {
        var (host, store) = await StoreFigures.StartAsync();
        await using var ending = host;
        await using var page = await chromium.OpenAsync();
        await page.GoAsync(host.Address, $"#/performance?{StoreFigures.Range}&by=provider");
        await page.Page.GetByLabel("Over time by provider").SelectOptionAsync("queue_wait");
        var figure = page.Page.Locator("[data-chart=\"Queue wait p95 by provider\"]");
        await figure.GetByRole(AriaRole.Button, new() { Name = "Table" }).ClickAsync();
        page.Page.Url.ShouldContain("of=queue_wait");

        var answer = await store.AggregateAsync(request => request with { GroupBy = [LlmField.Provider], Top = 5, Bucket = LlmBucket.Hour });
        var groups = (await figure.Locator("thead th").AllInnerTextsAsync()).Skip(1).ToList();
        groups.ShouldBe(answer.Rows.Select(row => Shown.Name(row.Keys[0])).Distinct(), ignoreOrder: true);
        var hours = answer.Rows.GroupBy(row => row.Bucket).OrderByDescending(hour => hour.Key)
            .Select(hour => (string[])[.. groups.Select(group => Shown.Duration(hour.FirstOrDefault(row => Shown.Name(row.Keys[0]) == group)?.Measures.QueueWait.P95))])
            .Where(cells => cells.Any(cell => cell != "–"));
        (await figure.Locator("tbody tr").EvaluateAllAsync<string[][]>("rows => rows.map(row => [...row.cells].slice(1).map(cell => cell.innerText))")).ShouldBe(hours);
        page.Complaints.ShouldBeEmpty();
    }

    [Fact]
    public async Task The_axis_of_another_measure_has_that_measures_unit()
    {
        var (host, _) = await StoreFigures.StartAsync();
        await using var ending = host;
        await using var page = await chromium.OpenAsync();
        await page.Page.AddInitScriptAsync("""
            const draw = CanvasRenderingContext2D.prototype.fillText;
            CanvasRenderingContext2D.prototype.fillText = function (text, ...rest) {
              const title = this.canvas.closest('figure')?.dataset.chart;
              (window.drawn ??= {})[title] = [...(window.drawn[title] ?? []), text].slice(-100);
              draw.call(this, text, ...rest);
            };
            """);
        await page.GoAsync(host.Address, $"#/performance?{StoreFigures.Range}&by=provider");
        await page.Page.WaitForFunctionAsync("() => window.drawn?.['Latency p95 by provider']?.some(text => / (ms|s)$/.test(text))");
        await page.Page.GetByLabel("Over time by provider").SelectOptionAsync("output");
        await page.Page.WaitForFunctionAsync("() => window.drawn['Output tokens p95 by provider']?.length > 4");
        (await page.Page.EvaluateAsync<string[]>("() => window.drawn['Output tokens p95 by provider'].filter(text => / (µs|ms|s|min)$/.test(text))"))
            .ShouldBeEmpty();
    }
}
