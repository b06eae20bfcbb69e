using System.Net;
using System.Text.Json;
using LlmObservability.Dashboard.Tests.Host;
using LlmObservability.Queries;
using LlmObservability.Testing;

namespace LlmObservability.Dashboard.Tests.Contract;

/// <content>What an attacker sends, and what an attacker had stored.</content>
public abstract partial class ApiContract
{
    private static readonly string[] Injections =
    [
        "'; DROP TABLE calls; --", "' OR '1'='1", "\"; DELETE FROM llm.calls; --", "$1", "$$; SELECT pg_sleep(30); $$", "') UNION SELECT version() --", "\\'; --",
        "%27%3B", "%", "_", "\\", "a\u202Eb", "\u0007\u001b[31m", "<script>alert(1)</script>", "x\r\nSet-Cookie: a=b", "{{7*7}}", "../../../etc/passwd",
    ];

    [Fact]
    public async Task Sql_in_any_parameter_is_a_value_or_a_problem_and_changes_nothing()
    {
        await using var host = await StartAsync();
        var calls = await host.FillAsync(30);
        var before = (await host.Client.GetAsync("aggregate?percentiles=true")).GetRawText();
        var description = await host.Client.DescriptionAsync();
        foreach (var (path, operation) in description.Paths)
        {
            if (path is "/openapi.json" or "/live" or "/export" || operation!["get"] is null)
            {
                continue;
            }

            var names = operation["get"]!["parameters"]!.AsArray().Select(parameter => parameter!["name"]?.GetValue<string>()).OfType<string>().Where(name => name != "id").ToList();
            if (names.Count < operation["get"]!["parameters"]!.AsArray().Count && path != "/calls/{id}")
            {
                names.AddRange(["from", "to", "missing", "present", "model", "not_in.user", "starts_with.tenant", "at_least.cost_nanos", "id", "tag.team", "starts_with.tag.team"]);
            }

            foreach (var injection in Injections)
            {
                var required = path == "/values" ? "field=tag.team&" : "";
                foreach (var name in names)
                {
                    await ShouldBeHarmlessAsync(host, $"{path[1..].Replace("{id}", calls[0].Id.ToString(), StringComparison.Ordinal)}?{(name == "field" ? "" : required)}{name}={Encode(injection)}");
                }

                // In a tag's key, in a field's name, in the path, and as a parameter itself.
                if (path != "/calls/{id}" && path != "/pipeline")
                {
                    await ShouldBeHarmlessAsync(host, $"{path[1..]}?{required}{Encode("tag." + injection)}={Encode(injection)}");
                    await ShouldBeHarmlessAsync(host, $"{path[1..]}?{required}missing={Encode("tag." + injection)}");
                }

                await ShouldBeHarmlessAsync(host, $"calls/{Encode(injection)}");
                await ShouldBeHarmlessAsync(host, $"{path[1..].Replace("{id}", calls[0].Id.ToString(), StringComparison.Ordinal)}?{Encode(injection)}=1");
            }
        }

        foreach (var injection in Injections)
        {
            await ShouldBeHarmlessAsync(host, $"aggregate?group_by={Encode("tag." + injection)}&percentiles=true");
            await ShouldBeHarmlessAsync(host, $"values?field={Encode("tag." + injection)}&prefix={Encode(injection)}");
            var (status, _) = await host.Client.PostAsync("calls/get", JsonSerializer.Serialize(new { ids = new[] { injection } }));
            status.ShouldBe(HttpStatusCode.BadRequest);
        }

        (await host.Client.GetAsync("aggregate?percentiles=true")).GetRawText().ShouldBe(before);
        (await host.Client.GetAsync($"calls?limit=1000&feature={Encode(ScriptedCalls.LooksLikeSql)}")).GetProperty("calls").GetArrayLength()
            .ShouldBe(calls.Count(call => call.Tags.Feature == ScriptedCalls.LooksLikeSql));
        host.Log.Entries.ShouldNotContain(entry => entry.Event == "ApiRequestFailed");
    }

    [Fact]
    public async Task A_tampered_cursor_is_refused_whatever_was_changed()
    {
        await using var host = await StartAsync();
        await host.FillAsync(50);
        var cursor = (await host.Client.GetAsync("calls?limit=10&order=user")).GetProperty("next").GetString()!;
        var random = new Random(8);
        for (var i = 0; i < 150; i++)
        {
            var changed = cursor.ToCharArray();
            changed[random.Next(changed.Length)] = "ABCxyz019-_"[random.Next(11)];
            var text = i % 5 == 0 ? cursor[..random.Next(cursor.Length)] : i % 7 == 0 ? cursor + "AAAA" : new string(changed);
            if (text != cursor && text.Length > 0)
            {
                (await host.Client.ProblemAsync($"calls?limit=10&order=user&cursor={text}")).GetProperty("parameter").GetString().ShouldBe("cursor");
            }
        }

        (await host.Client.ProblemAsync($"calls?cursor={Encode("'; DROP TABLE calls; --")}")).GetProperty("parameter").GetString().ShouldBe("cursor");
    }

    [Fact]
    public async Task Stored_text_comes_back_exactly_and_escaped()
    {
        await using var host = await StartAsync();
        const string Bidi = "user\u202Egnp.exe\u2066\u200F", Html = "</script><script>alert(1)</script>", Control = "bell\u0007 escape\u001B[31m line\r\nend\u0085\u2028";
        var large = string.Concat(Enumerable.Repeat("ab\u00e9\"<", 200_000));
        var call = Call(ScriptedCalls.TenDaysAgo).Call;
        call = call with
        {
            ErrorType = Html,
            FinishReason = Control,
            Tags = new LlmTags([new("huge", large), new(Html + Bidi, Control), new("__proto__", "x"), new("=cmd|' /C calc'!A0", "=1+1")]) { Tenant = Bidi, Feature = "=HYPERLINK(\"http://x\")", User = "\tx", Route = "-1", Session = "a;=1+1\n @b", Config = "\uFF1D1", Variant = "a=b" },
        };
        await host.WriteAsync([new LlmObservability.Sinks.LlmCallEnvelope(call)]);

        var raw = await host.Client.Http.GetStringAsync(new Uri($"calls/{call.Id}", UriKind.Relative), Cancel);
        raw.ShouldAllBe(character => character >= ' ' && character <= '~', "nothing beyond printable ASCII is written as it is");
        raw.ShouldNotContain("<");
        var said = (await host.Client.GetAsync($"calls/{call.Id}")).GetProperty("call");
        CallJson.ShouldBe(said, call);
        said.GetProperty("tags").GetProperty("huge").GetString().ShouldBe(large);
        said.GetProperty("tags").GetProperty(Html + Bidi).GetString().ShouldBe(Control);

        foreach (var query in new[] { $"tenant={Encode(Bidi)}", $"finish_reason={Encode(Control)}", $"{Encode("tag." + Html + Bidi)}={Encode(Control)}" })
        {
            (await host.Client.GetAsync("calls?" + query)).GetProperty("calls").GetArrayLength().ShouldBe(1, query);
        }

        var (table, _, _) = await ExportAsync(host, "export?format=csv");
        var rows = Streams.CsvReader.Read(table);
        string Cell(string name) => rows[1][rows[0].IndexOf(name)];
        Cell("feature").ShouldBe("'=HYPERLINK(\"http://x\")");
        Cell("user").ShouldBe("'\tx");
        Cell("route").ShouldBe("'-1");
        Cell("session").ShouldBe("a;'=1+1\n '@b");
        Cell("config").ShouldBe("'\uFF1D1");
        Cell("variant").ShouldBe("a=b");
        Cell("tenant").ShouldBe("user\uFFFDgnp.exe\uFFFD\uFFFD");
        Cell("finish_reason").ShouldBe("bell\uFFFD escape\uFFFD[31m line\r\nend\uFFFD\uFFFD");
        JsonDocument.Parse(Cell("tags")).RootElement.GetProperty("huge").GetString().ShouldBe(large);
        var (lines, _, _) = await ExportAsync(host, "export?format=jsonl");
        CallJson.ShouldBe(JsonDocument.Parse(lines).RootElement, call);
    }

    private static async Task ShouldBeHarmlessAsync(ApiHost host, string path)
    {
        using var response = await host.Client.Http.GetAsync(new Uri(path, UriKind.Relative), Cancel);
        ((int)response.StatusCode).ShouldBeOneOf(200, 400, 404);
        response.Headers.Contains("Set-Cookie").ShouldBeFalse();
        var text = await response.Content.ReadAsStringAsync(Cancel);
        text.ShouldAllBe(character => character >= ' ' && character <= '~');
        (await host.Client.DescriptionAsync()).Check(
            HttpMethod.Get, path.Split('?')[0], (int)response.StatusCode, response.Content.Headers.ContentType?.MediaType ?? "", text);
    }
}
