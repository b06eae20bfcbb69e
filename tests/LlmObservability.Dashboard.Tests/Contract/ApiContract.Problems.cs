using System.Net;
using LlmObservability.Queries;

namespace LlmObservability.Dashboard.Tests.Contract;

/// <content>What cannot be answered, with the parameter at fault.</content>
public abstract partial class ApiContract
{
    public static TheoryData<string, string> Faults => new()
    {
        { "calls?limit=0", "limit" },
        { "calls?limit=1001", "limit" },
        { "calls?limit=ten", "limit" },
        { "calls?limit=1&limit=2", "limit" },
        { "calls?order=tag.team", "order" },
        { "calls?order=price", "order" },
        { "calls?from=yesterday", "from" },
        { "calls?from=2026-01-02T00:00:00Z&to=2026-01-01T00:00:00Z", "from" },
        { "calls?duration_us=fast", "duration_us" },
        { "calls?at_least.cost_nanos=1.5", "at_least.cost_nanos" },
        { "calls?streaming=yes", "streaming" },
        { "calls?id=17", "id" },
        { "calls?missing=price", "missing" },
        { "calls?starts_with.duration_us=1", "starts_with.duration_us" },
        { "calls?colour=red", "colour" },
        { "calls?Tenant=acme", "Tenant" },
        { "calls?tenant=%00", "tenant" },
        { "calls?tag.%00=x", "tag.\uFFFD" },
        { "calls?cursor=abc", "cursor" },
        { "calls?group_by=model", "group_by" },
        { "aggregate?group_by=duration_us", "group_by" },
        { "aggregate?group_by=model&group_by=user&group_by=tenant&group_by=route", "group_by" },
        { "aggregate?top=0", "top" },
        { "aggregate?top_by=price", "top_by" },
        { "aggregate?measures=some", "measures" },
        { "aggregate?percentiles=1", "percentiles" },
        { "aggregate?histograms=yes", "histograms" },
        { "tools?top=0", "top" },
        { "tools?group_by=model", "group_by" },
        { "aggregate?bucket=week", "bucket" },
        { "aggregate?bucket=day", "from" },
        { "aggregate?bucket=minute&from=2020-01-01T00:00:00Z&to=2026-01-01T00:00:00Z", "bucket" },
        { "aggregate?compare_previous=true&from=2026-01-01T00:00:00Z", "to" },
        { "aggregate?compare_previous=true&bucket=day&from=2026-01-01T00:00:00Z&to=2026-01-02T00:00:00Z", "compare_previous" },
        { "values", "field" },
        { "values?field=cost_nanos", "field" },
        { "values?field=model&limit=1001", "limit" },
        { "values?field=model&prefix=%00", "prefix" },
        { "export?format=xml", "format" },
        { "export?limit=5", "limit" },
        { "export?tenant=%ED%A0%80%00", "tenant" },
        { "live?order=model", "order" },
        { "pipeline?tenant=acme", "tenant" },
    };

    [Theory]
    [MemberData(nameof(Faults))]
    public async Task A_problem_names_the_parameter_at_fault(string path, string parameter)
    {
        await using var host = await StartAsync();
        await host.FillAsync(2);
        var problem = await host.Client.ProblemAsync(path);
        problem.GetProperty("parameter").GetString().ShouldBe(parameter);
        problem.GetProperty("status").GetInt32().ShouldBe(400);
        problem.GetProperty("detail").GetString().ShouldNotBeNullOrEmpty();
    }

    [Fact]
    public async Task A_filter_has_bounds()
    {
        await using var host = await StartAsync();
        await host.FillAsync(2);
        string Many(int count) => string.Join('&', Enumerable.Range(0, count).Select(number => $"tag.k{number}=v"));
        await host.Client.GetAsync("calls?" + Many(LlmQueryValidator.MaxConditions));
        (await host.Client.ProblemAsync("calls?" + Many(LlmQueryValidator.MaxConditions + 1))).GetProperty("parameter").GetString().ShouldBe("tag.k32");
        string Values(int count) => string.Join('&', Enumerable.Repeat("model=m", count));
        await host.Client.GetAsync("calls?" + Values(LlmQueryValidator.MaxValues));
        (await host.Client.ProblemAsync("calls?" + Values(LlmQueryValidator.MaxValues + 1))).GetProperty("parameter").GetString().ShouldBe("model");
    }

    [Fact]
    public async Task A_cursor_belongs_to_its_filter_and_order()
    {
        await using var host = await StartAsync();
        await host.FillAsync(50);
        var cursor = (await host.Client.GetAsync("calls?limit=10&streaming=true")).GetProperty("next").GetString();
        foreach (var other in new[] { "calls?limit=10", "calls?limit=10&streaming=false", "calls?limit=10&streaming=true&order=started_at" })
        {
            (await host.Client.ProblemAsync($"{other}&cursor={cursor}".Replace("?&", "?", StringComparison.Ordinal))).GetProperty("parameter").GetString().ShouldBe("cursor");
        }

        await host.Client.GetAsync($"calls?limit=5&streaming=true&cursor={cursor}");
    }

    [Theory]
    [InlineData("""{"ids":[]}""", HttpStatusCode.BadRequest, "ids")]
    [InlineData("""{"ids":null}""", HttpStatusCode.BadRequest, "body")]
    [InlineData("""{"ids":["17"]}""", HttpStatusCode.BadRequest, "body")]
    [InlineData("""{"ids":[],"more":1}""", HttpStatusCode.BadRequest, "body")]
    [InlineData("""{}""", HttpStatusCode.BadRequest, "body")]
    [InlineData("""[]""", HttpStatusCode.BadRequest, "body")]
    [InlineData("", HttpStatusCode.BadRequest, "body")]
    [InlineData("null", HttpStatusCode.BadRequest, "body")]
    public async Task A_body_that_is_wrong_is_a_problem(string body, HttpStatusCode expected, string parameter)
    {
        await using var host = await StartAsync();
        await host.FillAsync(1);
        var (status, problem) = await host.Client.PostAsync("calls/get", body);
        status.ShouldBe(expected);
        problem.GetProperty("parameter").GetString().ShouldBe(parameter);
    }
}
