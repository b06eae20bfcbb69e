using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using LlmObservability.Dashboard.Endpoints;
using LlmObservability.Dashboard.Tests.Host;
using LlmObservability.Queries;
using LlmObservability.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace LlmObservability.Dashboard.Tests.Description;

/// <summary>The description says what the server does, and nothing else.</summary>
public sealed class DescriptionTests
{
    private const string Id = "0194f000-0000-7000-8000-000000000000";

    [Fact]
    public async Task Every_parameter_that_is_described_is_accepted()
    {
        await using var host = await ApiHost.StartAsync();
        var description = await host.Client.DescriptionAsync();
        var asked = 0;
        foreach (var (path, operations) in description.Paths)
        {
            if (path is "/live" || operations!["get"] is not { } operation)
            {
                continue;
            }

            foreach (var (name, schema) in Parameters(description, operation))
            {
                var values = Values(schema).ToList();
                values.ShouldNotBeEmpty(name);
                foreach (var value in values)
                {
                    // What is accepted may still need another, or be a cursor of no page.
                    var (text, status) = await TextAsync(host, Url(path, name, value));
                    (status == 200 || (name == "cursor" && text.Contains("\"cursor\"", StringComparison.Ordinal)) || name is "bucket" or "compare_previous" || path == "/calls/{id}")
                        .ShouldBeTrue($"{path} {name}={value}: {text}");
                    text.ShouldNotContain("unknown_parameter");
                    asked++;
                }
            }
        }

        asked.ShouldBeGreaterThan(500);
    }

    [Fact]
    public async Task Every_parameter_that_is_accepted_is_described()
    {
        await using var host = await ApiHost.StartAsync();
        var description = await host.Client.DescriptionAsync();
        var described = description.Paths.ToDictionary(
            path => path.Key, path => Parameters(description, path.Value!["get"] ?? path.Value["post"]!).Select(parameter => parameter.Name).ToHashSet());
        var words = described.Values.SelectMany(names => names)
            .Concat(LlmField.All.Select(field => field.Name))
            .Concat(LlmField.All.SelectMany(field => new[] { "not_in.", "at_least.", "below.", "starts_with.", "in.", "not.", "missing.", "present." }.Select(prefix => prefix + field.Name)))
            .Concat(["tag.a", "not_in.tag.a", "starts_with.tag.a", "at_least.tag.a", "below.tag.a", "missing.tag.a", "tag", "tag.", "offset", "page", "q", "filter", "fields", "sort", "LIMIT", "From"])
            .ToHashSet(StringComparer.Ordinal);
        foreach (var (path, names) in described)
        {
            if (path is "/live" or "/calls/get")
            {
                continue;
            }

            foreach (var word in words)
            {
                var (text, _) = await TextAsync(host, Url(path, word, "x"));
                var accepted = !text.Contains("unknown_parameter", StringComparison.Ordinal);
                var said = names.Contains(word) || (names.Contains("from") && Patterns(description).Any(pattern => Regex.IsMatch(word, pattern)));
                accepted.ShouldBe(said && !(word == "id" && path == "/calls/{id}"), $"{path} {word}: {text}");
            }
        }
    }

    [Fact]
    public async Task The_document_is_whole()
    {
        await using var host = await ApiHost.StartAsync();
        var document = (await host.Client.DescriptionAsync()).Document;
        document["openapi"]!.GetValue<string>().ShouldBe("3.1.0");
        document["paths"]!.AsObject().Select(path => path.Key).ShouldBe(
            ["/calls", "/calls/{id}", "/calls/get", "/aggregate", "/values", "/tools", "/export", "/live", "/pipeline", "/what-if", "/models", "/store", "/settings", "/openapi.json"]);
        foreach (var reference in Regex.Matches(document.ToJsonString(), "\"\\$ref\":\"#/([^\"]+)\"").Select(match => match.Groups[1].Value))
        {
            reference.Split('/').Aggregate((JsonNode?)document, (node, step) => node?[step]).ShouldNotBeNull(reference);
        }

        var operations = document["paths"]!.AsObject().Select(path => (path.Value!["get"] ?? path.Value["post"])!["operationId"]!.GetValue<string>()).ToList();
        operations.Distinct().Count().ShouldBe(operations.Count);
        document["paths"]!["/calls/get"]!["post"]!["requestBody"].ShouldNotBeNull();
    }

    [Fact]
    public async Task The_pipelines_figures_are_those_of_the_observer()
    {
        await using var host = await ApiHost.StartAsync();
        await host.FillAsync(3);
        var pipeline = await host.Client.GetAsync("pipeline");
        pipeline.GetProperty("enabled").GetBoolean().ShouldBeTrue();
        pipeline.GetProperty("health").GetString().ShouldBe("healthy");
        var sink = pipeline.GetProperty("sinks").EnumerateArray().ShouldHaveSingleItem();
        (sink.GetProperty("name").GetString(), sink.GetProperty("state").GetString()).ShouldBe(("memory", "working"));
        host.Observer.SetSinkEnabled("memory", false);
        (await host.Client.GetAsync("pipeline")).GetProperty("sinks")[0].GetProperty("state").GetString().ShouldBe("switched_off");
    }

    [Fact]
    public async Task Money_beyond_what_json_readers_keep_is_a_text()
    {
        var measures = new LlmMeasures { Calls = 1, Cost = new LlmCost { InputNanos = long.MaxValue - 1, OutputNanos = (1L << 53) - 1, CachedInputNanos = -(1L << 53), FeesNanos = 1 } };
        var store = new StubStore { Aggregate = _ => Task.FromResult(new LlmAggregate([], measures, null)) };
        await using var host = await ApiHost.StartAsync(builder => builder.AddStore("stub", _ => store));
        var total = (await host.Client.GetAsync("aggregate")).GetProperty("total");
        total.GetProperty("cost_input_nanos").GetString().ShouldBe("9223372036854775806");
        total.GetProperty("cost_input_usd").GetString().ShouldBe("9223372036.854775806");
        total.GetProperty("cost_output_nanos").GetInt64().ShouldBe(9_007_199_254_740_991);
        total.GetProperty("cost_cached_input_nanos").ValueKind.ShouldBe(JsonValueKind.String);
        total.GetProperty("cost_fees_usd").GetString().ShouldBe("0.000000001");
    }

    [Fact]
    public async Task What_belongs_to_a_call_is_bounded()
    {
        var call = ScriptedCalls.Create(1)[0].Call;
        var script = new ScriptedCalls(1, call.StartedAt, TimeSpan.FromSeconds(1));
        var amendments = Enumerable.Range(0, 1_001).Select(_ => script.AmendmentOf(call)).ToList();
        var attempts = Enumerable.Range(1, 1_001).Select(ordinal => new LlmAttempt { Ordinal = ordinal, StartedAt = call.StartedAt, Outcome = LlmOutcome.Failed }).ToList();
        var store = new StubStore { Get = _ => new LlmCallDetail(call, attempts, [], amendments) };
        await using var host = await ApiHost.StartAsync(builder => builder.AddStore("stub", _ => store));
        var answer = await host.Client.GetAsync($"calls/{call.Id}");
        answer.GetProperty("is_cut").GetBoolean().ShouldBeTrue();
        answer.GetProperty("attempts").GetArrayLength().ShouldBe(1_000);
        answer.GetProperty("cost_explanations").GetArrayLength().ShouldBe(1_000);
        answer.GetProperty("amendments").EnumerateArray().Select(amendment => amendment.GetProperty("id").GetGuid()).ShouldBe(amendments.Skip(1).Select(amendment => amendment.Id));
    }

    [Fact]
    public async Task A_store_that_looked_at_a_part_says_so()
    {
        var since = new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);
        var store = new StubStore
        {
            List = _ => Task.FromResult(new LlmPage([], "next") { CappedFrom = since }),
            Aggregate = _ => Task.FromResult(new LlmAggregate([], new LlmMeasures(), null) { CappedFrom = since }),
        };
        await using var host = await ApiHost.StartAsync(builder => builder.AddStore("stub", _ => store));
        foreach (var path in new[] { "calls", "aggregate" })
        {
            (await host.Client.GetAsync(path)).GetProperty("capped_from").GetString().ShouldBe("2026-01-02T03:04:05.000000Z");
        }
    }

    [Fact]
    public void Routes_are_shared_by_all_mappings_and_keep_nothing_that_changes()
    {
        foreach (var endpoint in ApiRoutes.All)
        {
            for (var type = endpoint.GetType(); type is not null; type = type.BaseType)
            {
                type.GetFields(BindingFlags.Instance | BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly)
                    .ShouldAllBe(field => field.IsInitOnly || field.IsLiteral, type.Name);
            }
        }
    }

    private static string Url(string path, string name, string value)
    {
        var before = path == "/values" && name != "field" ? "field=model&" : "";
        return $"{path[1..].Replace("{id}", Id, StringComparison.Ordinal)}?{before}{Uri.EscapeDataString(name)}={Uri.EscapeDataString(value)}";
    }

    private static async Task<(string Text, int Status)> TextAsync(ApiHost host, string url)
    {
        using var response = await host.Client.Http.GetAsync(new Uri(url, UriKind.Relative), TestContext.Current.CancellationToken);
        var text = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        (await host.Client.DescriptionAsync()).Check(HttpMethod.Get, url.Split('?')[0], (int)response.StatusCode, response.Content.Headers.ContentType?.MediaType ?? "", text);
        return (text, (int)response.StatusCode);
    }

    private static List<string> Patterns(DescribedApi description) =>
        [.. description.FilterSchema["patternProperties"]!.AsObject().Select(pattern => pattern.Key)];

    private static IEnumerable<(string Name, JsonObject Schema)> Parameters(DescribedApi description, JsonNode operation)
    {
        foreach (var parameter in operation["parameters"]!.AsArray())
        {
            if (parameter!["$ref"] is null)
            {
                if (parameter["in"]!.GetValue<string>() == "query")
                {
                    yield return (parameter["name"]!.GetValue<string>(), parameter["schema"]!.AsObject());
                }

                continue;
            }

            foreach (var (name, schema) in description.FilterSchema["properties"]!.AsObject())
            {
                yield return (name, schema!.AsObject());
            }
        }
    }

    private static IEnumerable<string> Values(JsonObject schema)
    {
        if (schema["items"] is JsonObject items)
        {
            return Values(items);
        }

        if (schema["anyOf"] is JsonArray any)
        {
            return any.SelectMany(one => Values(one!.AsObject()));
        }

        if (schema["enum"] is JsonArray words)
        {
            return words.Select(word => word!.GetValue<string>());
        }

        return (schema["type"]!.GetValue<string>(), schema["format"]?.GetValue<string>()) switch
        {
            ("integer", _) => schema["minimum"] is { } least ? [least.ToJsonString(), schema["maximum"]!.ToJsonString()] : ["0", "-1", "17"],
            ("number", _) => ["0.5", "-1e3", "2"],
            ("boolean", _) => ["true", "false"],
            ("string", "date-time") => ["2026-01-01T00:00:00Z", "2026-01-01T00:00:00+02:00"],
            ("string", "uuid") => [Id],
            ("string", _) => [schema["pattern"] is null ? "text" : "tag.a.b c"],
            _ => [],
        };
    }
}
