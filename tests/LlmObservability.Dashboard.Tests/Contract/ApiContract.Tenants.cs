using System.Net;
using System.Text.Json;
using LlmObservability.Dashboard.Tests.Host;
using LlmObservability.Dashboard.Tests.Streams;
using LlmObservability.Queries;

namespace LlmObservability.Dashboard.Tests.Contract;

/// <content>A tenant is forced onto whatever is asked.</content>
public abstract partial class ApiContract
{
    [Fact]
    public async Task A_request_sees_its_tenant_and_nothing_else()
    {
        await using var host = await StartRestrictedAsync();
        var calls = await host.FillAsync(200);
        var own = calls.Where(call => call.Tags.Tenant == "acme").OrderBy(call => call.StartedAt).ToList();
        var others = calls.Except(own).ToList();
        As(host, "acme");

        var all = "&tenant=acme&tenant=Acme&tenant=z%C3%BCrich";
        Ids(await PagesAsync(host, "&order=started_at" + all, 7)).ShouldBe(Ids(own), ignoreOrder: true);
        Ids(await PagesAsync(host, "&missing=tenant", 50)).ShouldBeEmpty();
        Ids(await PagesAsync(host, "&not_in.tenant=acme", 50)).ShouldBeEmpty();
        await host.Client.GetAsync($"calls/{own[0].Id}");
        foreach (var other in others.Take(5))
        {
            await host.Client.ProblemAsync($"calls/{other.Id}", HttpStatusCode.NotFound);
        }

        var ids = others.Take(50).Select(call => call.Id).Append(own[0].Id).ToList();
        var (_, set) = await host.Client.PostAsync("calls/get", JsonSerializer.Serialize(new { ids }));
        set.GetProperty("calls").EnumerateArray().ShouldHaveSingleItem().GetProperty("call").GetProperty("id").GetGuid().ShouldBe(own[0].Id);
        set.GetProperty("not_found").GetArrayLength().ShouldBe(50);

        ShouldMeasure((await host.Client.GetAsync("aggregate?group_by=tenant")).GetProperty("total"), own);
        (await host.Client.GetAsync("values?field=tenant")).GetProperty("values").EnumerateArray().ShouldHaveSingleItem().GetProperty("value").GetString().ShouldBe("acme");
        long toolCalls = 0;
        foreach (var call in own)
        {
            toolCalls += (await host.Store.GetAsync(call.Id, Cancel))!.ToolCalls.Count;
        }

        (await host.Client.GetAsync("tools")).GetProperty("tools").EnumerateArray().Sum(tool => tool.GetProperty("tool_calls").GetInt64()).ShouldBe(toolCalls);
        var (text, _, _) = await ExportAsync(host, "export?format=jsonl");
        Ids(text.TrimEnd('\n').Split('\n').Select(line => JsonDocument.Parse(line).RootElement)).ShouldBe(Ids(own), ignoreOrder: true);
        var (table, _, _) = await ExportAsync(host, "export?format=csv");
        CsvReader.Read(table).Count.ShouldBe(own.Count + 1);
        (await host.Client.ProblemAsync("pipeline", HttpStatusCode.Forbidden)).GetProperty("code").GetString().ShouldBe("tenant_restricted");
    }

    [Fact]
    public async Task A_feed_is_that_of_the_tenant()
    {
        await using var host = await StartRestrictedAsync();
        await host.WriteAsync([Call(DateTimeOffset.UtcNow.AddSeconds(-30), tenant: "other")]);
        As(host, "acme");
        using var live = await LiveReader.OpenAsync(host, after: LlmCallId.Create(DateTimeOffset.UtcNow.AddMinutes(-1)).ToString());
        var own = Call(DateTimeOffset.UtcNow.AddSeconds(-2), tenant: "acme");
        await host.WriteAsync([Call(DateTimeOffset.UtcNow.AddSeconds(-3), tenant: "other"), own]);
        (await live.NextAsync()).Id.ShouldBe(own.Call.Id.ToString());
    }

    [Fact]
    public async Task A_cursor_of_one_tenant_is_none_of_another()
    {
        await using var host = await StartRestrictedAsync();
        await host.FillAsync(200);
        As(host, "acme");
        var cursor = (await host.Client.GetAsync("calls?limit=5")).GetProperty("next").GetString();
        As(host, "Acme");
        (await host.Client.ProblemAsync($"calls?limit=5&cursor={cursor}")).GetProperty("parameter").GetString().ShouldBe("cursor");
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    public async Task Without_a_tenant_a_request_sees_nothing(string? tenant)
    {
        await using var host = await StartRestrictedAsync();
        var calls = await host.FillAsync(10);
        As(host, tenant);
        string[] paths = ["calls", $"calls/{calls[0].Id}", "aggregate", "values?field=model", "tools", "export", "live", "pipeline", "openapi.json"];
        foreach (var path in paths)
        {
            using var response = await host.Client.Http.GetAsync(new Uri(path, UriKind.Relative), Cancel);
            response.StatusCode.ShouldBe(HttpStatusCode.Forbidden, path);
            (await response.Content.ReadAsStringAsync(Cancel)).ShouldContain("\"no_tenant\"");
        }

        using var body = new StringContent($$"""{"ids":["{{calls[0].Id}}"]}""", System.Text.Encoding.UTF8, "application/json");
        using var posted = await host.Client.Http.PostAsync(new Uri("calls/get", UriKind.Relative), body, Cancel);
        posted.StatusCode.ShouldBe(HttpStatusCode.Forbidden);
    }

    private Task<ApiHost> StartRestrictedAsync() => StartAsync(options =>
    {
        options.Tenant = context => context.Request.Headers["x-tenant"];
        options.LiveInterval = TimeSpan.FromMilliseconds(100);
    });

    private static void As(ApiHost host, string? tenant)
    {
        host.Client.Http.DefaultRequestHeaders.Remove("x-tenant");
        if (tenant is not null)
        {
            host.Client.Http.DefaultRequestHeaders.TryAddWithoutValidation("x-tenant", tenant);
        }
    }
}
