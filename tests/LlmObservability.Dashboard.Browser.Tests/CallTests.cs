using System.Globalization;
using System.Text.Json;
using LlmObservability.Dashboard.Browser.Tests.Browsing;
using LlmObservability.Dashboard.Browser.Tests.Hosting;
using LlmObservability.Sinks;
using LlmObservability.Testing;

namespace LlmObservability.Dashboard.Browser.Tests;

/// <summary>What the page of a call says is what the store says of it.</summary>
public sealed class CallTests(Chromium chromium)
{
    private const string TraceId = "0af7651916cd43dd8448eb211c80319c";

    private static readonly HashSet<string> Apart =
    [
        "id", "tags", "user", "tenant", "session", "conversation", "episode", "route", "feature", "config", "variant", "environment", "service", "service_version",
    ];

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Every_field_tag_attempt_and_tool_is_there()
    {
        await using var host = await DashboardHost.StartAsync();
        var envelopes = ScriptedCalls.Create(200);
        await host.WriteAsync(envelopes);
        await using var page = await chromium.OpenAsync();
        var some = envelopes.Where(envelope => envelope.Attempts.Count > 1 && envelope.ToolCalls.Count > 1 && envelope.Call.Tags.Custom.Count > 0)
            .Concat(envelopes.Where(envelope => envelope.Call.Cost is null)).Take(4).ToList();
        some.Count.ShouldBe(4);
        foreach (var envelope in some)
        {
            var call = envelope.Call;
            var detail = await DetailAsync(host, call.Id);
            await page.GoAsync(host.Address, $"#/call/{call.Id}");
            await page.Page.GetByText(call.Id.ToString()).First.WaitForAsync();

            await FieldsAsync(page, detail.GetProperty("call"));
            (await page.Tile("Cost").Locator(".figure").GetAttributeAsync("title")).ShouldBe(Shown.Exact(call.Cost?.TotalNanos));
            (await page.Tile("Duration").Locator(".figure").InnerTextAsync()).ShouldBe(Shown.Duration(call.Duration.Ticks / 10));
            (await page.Tile("Input tokens").Locator(".figure").InnerTextAsync()).ShouldBe(
                Shown.Whole(call.Tokens.Source == LlmUsageSource.Missing ? null : call.Tokens.Input));
            await TimelineAsync(page, envelope);
            await LinesAsync(page, detail.GetProperty("cost_explanations"));
        }

        page.Complaints.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_tag_and_the_conversation_lead_to_the_calls_that_share_them()
    {
        await using var host = await DashboardHost.StartAsync();
        var envelopes = PricedCalls.Create(60, host.Observer.Prices);
        await host.WriteAsync(envelopes);
        await using var page = await chromium.OpenAsync();
        var call = envelopes[20].Call;
        foreach (var (field, shares) in new (string, Func<LlmCall, bool>)[]
        {
            ("Conversation", other => other.Tags.Conversation == call.Tags.Conversation),
            ("User", other => other.Tags.User == call.Tags.User),
            ("team", other => other.Tags.Custom[0].Value == call.Tags.Custom[0].Value),
        })
        {
            await page.GoAsync(host.Address, $"#/call/{call.Id}");
            await page.Page.Locator(".fields > div").Filter(new() { Has = page.Page.Locator("dt", new() { HasTextString = field }) }).Locator("dd a").First.ClickAsync();
            await page.Page.Locator("tr[data-id]").First.WaitForAsync();
            await page.SettleAsync();
            (await page.RowIdsAsync()).ShouldBe(
                envelopes.Select(envelope => envelope.Call).Where(shares).OrderByDescending(other => other.StartedAt).Select(other => other.Id), field);
        }
    }

    [Fact]
    public async Task The_trace_id_leads_out_where_the_application_says_and_can_be_copied()
    {
        await using var host = await DashboardHost.StartAsync(configure: options => options.TraceUrl = new Uri("https://traces.example/t/{trace_id}?q=1"));
        var call = ScriptedCalls.Create(1)[0].Call with { TraceId = TraceId };
        await host.WriteAsync([new LlmCallEnvelope(call)]);
        await using var page = await chromium.OpenAsync();
        await page.GoAsync(host.Address, $"#/call/{call.Id}");

        var link = page.Page.GetByRole(AriaRole.Link, new() { Name = "Open trace" });
        (await link.GetAttributeAsync("href")).ShouldBe($"https://traces.example/t/{TraceId}?q=1");
        (await link.GetAttributeAsync("rel")).ShouldBe("noopener noreferrer");
        (await page.FactsAsync("main"))["Trace ID"].ShouldContain(TraceId);

        await page.Page.Context.GrantPermissionsAsync(["clipboard-read", "clipboard-write"]);
        var field = page.Page.Locator(".fields > div").Filter(new() { HasTextString = "Trace ID" });
        await field.GetByRole(AriaRole.Button, new() { Name = "Copy" }).ClickAsync();
        await field.GetByRole(AriaRole.Button, new() { Name = "Copied" }).WaitForAsync();
        (await page.Page.EvaluateAsync<string>("() => navigator.clipboard.readText()")).ShouldBe(TraceId);
        page.Complaints.ShouldBeEmpty();
    }

    [Fact]
    public async Task Without_an_address_of_traces_there_is_no_link_and_a_hostile_id_gets_none_that_leads_elsewhere()
    {
        await using (var host = await DashboardHost.StartAsync())
        {
            var call = ScriptedCalls.Create(1)[0].Call with { TraceId = TraceId };
            await host.WriteAsync([new LlmCallEnvelope(call)]);
            await using var page = await chromium.OpenAsync();
            await page.GoAsync(host.Address, $"#/call/{call.Id}");
            await page.Page.GetByText(TraceId).WaitForAsync();
            (await page.Page.GetByRole(AriaRole.Link, new() { Name = "Open trace" }).CountAsync()).ShouldBe(0);
        }

        await using var traced = await DashboardHost.StartAsync(configure: options => options.TraceUrl = new Uri("https://traces.example/t/{trace_id}"));
        var hostile = ScriptedCalls.Create(1)[0].Call with { TraceId = "javascript:alert(1)//../x?a" };
        await traced.WriteAsync([new LlmCallEnvelope(hostile)]);
        await using var other = await chromium.OpenAsync();
        await other.GoAsync(traced.Address, $"#/call/{hostile.Id}");
        (await other.Page.GetByRole(AriaRole.Link, new() { Name = "Open trace" }).GetAttributeAsync("href"))
            .ShouldBe("https://traces.example/t/javascript%3Aalert(1)%2F%2F..%2Fx%3Fa");
    }

    private static async Task<JsonElement> DetailAsync(DashboardHost host, Guid id)
    {
        using var http = new HttpClient { BaseAddress = host.Address };
        return JsonDocument.Parse(await http.GetStringAsync(new Uri($"llm/api/v1/calls/{id}", UriKind.Relative), Cancel)).RootElement;
    }

    private static async Task FieldsAsync(DashboardPage page, JsonElement call)
    {
        var shown = await page.FactsAsync("main");
        foreach (var field in call.EnumerateObject().Where(field => field.Name != "id" && !field.Name.EndsWith("_usd", StringComparison.Ordinal)))
        {
            if (field.Name == "tags")
            {
                foreach (var tag in field.Value.EnumerateObject())
                {
                    shown[tag.Name].ShouldBe(Shown.Field(tag), tag.Name);
                }
            }
            else if (field.Value.ValueKind == JsonValueKind.Object)
            {
                foreach (var part in field.Value.EnumerateObject())
                {
                    shown[Label(field.Name)].ShouldContain(Shown.Whole(part.Value.GetInt64()), customMessage: field.Name);
                }
            }
            else
            {
                // Beside a long text stands a button that copies it.
                shown[Label(field.Name)].ReplaceLineEndings("").Split("Open trace")[0].TrimEnd().ShouldBeOneOf(Text(field), Text(field) + "Copy", Text(field) + " Copy");
            }
        }

        Apart.Overlaps(shown.Keys).ShouldBeFalse("names are labels");
    }

    private static string Text(JsonProperty field) => Shown.Field(field).ReplaceLineEndings("");

    private static async Task TimelineAsync(DashboardPage page, LlmCallEnvelope envelope)
    {
        var rows = await page.Page.Locator(".timeline li").EvaluateAllAsync<string[][]>(
            "rows => rows.map(row => [row.className, row.querySelector('.name').innerText, row.querySelector('.when').innerText, row.querySelector('.what').innerText])");
        rows[0].Take(2).ShouldBe(["call", "Call"]);
        rows.Count(row => row[0] == "attempt").ShouldBe(envelope.Attempts.Count);
        rows.Count(row => row[0] == "tool").ShouldBe(envelope.ToolCalls.Count);
        foreach (var attempt in envelope.Attempts)
        {
            var row = rows.Single(row => row[0] == "attempt" && row[1].StartsWith($"{attempt.Ordinal}. ", StringComparison.Ordinal));
            row[2].ShouldStartWith(Shown.Duration(attempt.Duration.Ticks / 10));
            row[3].ShouldStartWith(attempt.Outcome.ToName());
            if (attempt.TimeToFirstToken is { } first)
            {
                row[2].ShouldEndWith(Shown.Duration(first.Ticks / 10));
            }
        }

        rows.Where(row => row[0] == "tool").Select(row => row[2]).ShouldBe(
            envelope.ToolCalls.Select(tool => Shown.Duration(tool.Duration.Ticks / 10)), ignoreOrder: true);
    }

    private static async Task LinesAsync(DashboardPage page, JsonElement explanations)
    {
        var lines = explanations.EnumerateArray().SelectMany(explanation => explanation.GetProperty("lines").EnumerateArray()).Select(line => new[]
        {
            Shown.Whole(line.GetProperty("quantity").GetInt64()),
            $"${line.GetProperty("rate_usd").GetString()} per {Shown.Whole(line.GetProperty("rate_unit").GetInt64())}",
            "$" + (decimal.Parse(line.GetProperty("amount_nanos").GetString()!, CultureInfo.InvariantCulture) / 1_000_000_000m).ToString("0.##################", CultureInfo.InvariantCulture),
        }).ToList();
        (await page.RowsAsync(".card.cost")).Select(cells => cells[1..]).ShouldBe(lines);
    }

    private static string Label(string name)
    {
        var words = name.EndsWith("_nanos", StringComparison.Ordinal) ? name[..^6] : name.EndsWith("_us", StringComparison.Ordinal) ? name[..^3] : name;
        var text = string.Join(' ', words.Split('_').Select(word => word switch { "id" => "ID", "http" => "HTTP", "url" => "URL", _ => word }));
        return char.ToUpperInvariant(text[0]) + text[1..];
    }
}
