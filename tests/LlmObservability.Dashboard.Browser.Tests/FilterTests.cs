using LlmObservability.Dashboard.Browser.Tests.Browsing;
using LlmObservability.Dashboard.Browser.Tests.Hosting;
using LlmObservability.Queries;
using LlmObservability.Testing;

namespace LlmObservability.Dashboard.Browser.Tests;

/// <summary>Filters made by hand go into the address, and mean there what the store means by them.</summary>
public sealed class FilterTests(Chromium chromium, SampleHost host)
{
    private const string OddKey = "we\"ird'key; --";

    public static TheoryData<string, string, string?, LlmCondition> Conditions => new()
    {
        { "model", "in", "模型-大", new(LlmField.Model, LlmOperator.In, "模型-大") },
        { "tag.team", "in", ScriptedCalls.LooksLikeSql, new(LlmField.Tag("team"), LlmOperator.In, ScriptedCalls.LooksLikeSql) },
        { "tag." + OddKey, "in", "値", new(LlmField.Tag(OddKey), LlmOperator.In, "値") },
        { "tenant", "in", "", new(LlmField.Tenant, LlmOperator.In, "") },
        { "tag.team", "not_in", "100%_\\done", new(LlmField.Tag("team"), LlmOperator.NotIn, "100%_\\done") },
        { "duration_us", "at_least", "25000000", new(LlmField.DurationUs, LlmOperator.AtLeast, "25000000") },
        { "output_tokens_per_second", "below", "20.5", new(LlmField.OutputTokensPerSecond, LlmOperator.Below, "20.5") },
        { "user", "starts_with", "user%", new(LlmField.User, LlmOperator.StartsWith, "user%") },
        { "cost_nanos", "missing", null, new(LlmField.CostNanos, LlmOperator.Missing) },
        { "tag.team", "present", null, new(LlmField.Tag("team"), LlmOperator.Present) },
        { "streaming", "in", "true", new(LlmField.Streaming, LlmOperator.In, "true") },
    };

    [Theory]
    [MemberData(nameof(Conditions))]
    public async Task A_filter_survives_the_address_a_reload_and_the_way_back(string field, string comparison, string? value, LlmCondition condition)
    {
        await using var page = await chromium.OpenAsync();
        await page.GoAsync(host.Address, $"#/calls?{SampleHost.Days}");
        await page.Page.Keyboard.PressAsync("f");
        await page.Page.GetByLabel("Field", new() { Exact = true }).FillAsync(field);
        await page.Page.GetByLabel("Comparison").SelectOptionAsync(comparison);
        if (value is not null)
        {
            await page.Page.GetByLabel("Value", new() { Exact = true }).FillAsync(value);
        }

        await page.Page.Locator(".filter-form button[type=submit]").ClickAsync();
        await page.Page.Locator(".chip").WaitForAsync();
        var expected = await host.IdsAsync(condition);
        expected.ShouldNotBeEmpty();
        await ShouldShowAsync(page, expected);
        await page.Page.ReloadAsync();
        await page.SettleAsync();
        await ShouldShowAsync(page, expected);

        await page.Page.GoBackAsync();
        await page.Page.Locator(".chip").WaitForAsync(new() { State = WaitForSelectorState.Detached });
        await page.Page.GoForwardAsync();
        await page.Page.Locator(".chip").WaitForAsync();
        await page.SettleAsync();
        await ShouldShowAsync(page, expected);
        await page.Page.GetByLabel("Remove this filter").ClickAsync();
        await page.Page.Locator(".chip").WaitForAsync(new() { State = WaitForSelectorState.Detached });
        (await page.TotalAsync()).ShouldBe(600);
    }

    [Fact]
    public async Task Fields_keys_and_values_are_suggested_from_what_is_stored()
    {
        await using var page = await chromium.OpenAsync();
        await page.GoAsync(host.Address, $"#/calls?{SampleHost.Days}");
        await page.Page.Keyboard.PressAsync("f");
        var fields = page.Page.Locator("datalist[id$=fields] option");
        await Assertions.Expect(fields.Locator("xpath=self::*[@value='tag.team']")).ToHaveCountAsync(1);
        await page.Page.GetByLabel("Field", new() { Exact = true }).FillAsync("tag.team");
        await page.Page.GetByLabel("Value", new() { Exact = true }).FillAsync("gr");
        await Assertions.Expect(page.Page.Locator("datalist[id$=values] option")).ToHaveCountAsync(1);
        (await page.Page.Locator("datalist[id$=values] option").GetAttributeAsync("value")).ShouldBe("grün");
    }

    private static async Task ShouldShowAsync(DashboardPage page, List<Guid> expected)
    {
        await page.SettleAsync();
        (await page.RowIdsAsync()).ShouldBe(expected.Take(100));
        (await page.TotalAsync()).ShouldBe(expected.Count);
    }
}
