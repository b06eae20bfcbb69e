using System.Text.Json;
using LlmObservability.Dashboard.Tests.Description;
using LlmObservability.Dashboard.Tests.Host;
using LlmObservability.Dashboard.Tests.Streams;
using LlmObservability.Queries;
using LlmObservability.Testing;
using LlmObservability.Testing.Stores;

namespace LlmObservability.Dashboard.Tests.Contract;

/// <content>Exports.</content>
public abstract partial class ApiContract
{
    [Fact]
    public async Task Json_lines_hold_every_call_of_a_filter_oldest_first()
    {
        await using var host = await StartAsync();
        var calls = CallFacts.Ordered(await host.FillAsync(300), LlmField.StartedAt, descending: false);
        var (text, mediaType, file) = await ExportAsync(host, "export?format=jsonl");
        mediaType.ShouldBe("application/jsonl; charset=utf-8");
        file.ShouldMatch("^llm-calls-[0-9]{8}T[0-9]{6}Z\\.jsonl$");
        var description = await host.Client.DescriptionAsync();
        var lines = text.TrimEnd('\n').Split('\n').Select(line => description.CheckAgainst("Call", line)).ToList();
        Ids(lines).ShouldBe(Ids(calls));
        foreach (var (line, call) in lines.Zip(calls))
        {
            CallJson.ShouldBe(line, call);
        }

        var (some, _, _) = await ExportAsync(host, "export?streaming=true");
        Ids(some.TrimEnd('\n').Split('\n').Select(line => JsonDocument.Parse(line).RootElement)).ShouldBe(Ids(calls.Where(call => call.Streaming)));
        (await ExportAsync(host, "export?model=none")).Text.ShouldBeEmpty();
    }

    [Fact]
    public async Task Csv_holds_every_field_and_no_formula()
    {
        await using var host = await StartAsync();
        var calls = CallFacts.Ordered(await host.FillAsync(300), LlmField.StartedAt, descending: false);
        var (text, mediaType, file) = await ExportAsync(host, "export?format=csv");
        mediaType.ShouldBe("text/csv; charset=utf-8; header=present");
        file.ShouldEndWith(".csv");
        var rows = CsvReader.Read(text);
        var names = rows[0];
        rows.Count.ShouldBe(calls.Count + 1);
        foreach (var (row, call) in rows.Skip(1).Zip(calls))
        {
            row.Count.ShouldBe(names.Count);
            foreach (var field in CallFacts.Fields.Where(field => field.TagKey is null))
            {
                var value = CallFacts.Read(call, field);
                var said = row[names.IndexOf(field.Name)];
                if (value is DateTimeOffset time)
                {
                    said.ShouldBe(LlmValue.Format(time));
                }
                else
                {
                    var plain = value is null ? "" : CallFacts.Text(value);
                    // An apostrophe is added before formulas, and nothing else is changed.
                    said.Replace("'", "", StringComparison.Ordinal).ShouldBe(plain.Replace("'", "", StringComparison.Ordinal), field.Name);
                }
            }

            row.Where((_, index) => names[index] is "feature" or "user" or "tenant").ShouldAllBe(value => value.Length == 0 || !"=+-@\t\r".Contains(value[0]));
        }
    }

    [Fact]
    public async Task A_reader_of_an_export_that_does_not_read_holds_up_nobody_and_is_cut_off()
    {
        await using var host = await StartAsync(options => options.SlowReaderTimeout = TimeSpan.FromSeconds(2));
        // More than what sockets take in.
        await host.FillAsync(10_000);
        using var silent = await SilentClient.OpenAsync(host, "export");
        using var other = await SilentClient.OpenAsync(host, "export?format=csv&present=model");
        (await host.Client.GetAsync("calls?limit=5")).GetProperty("calls").GetArrayLength().ShouldBe(5);
        await Eventually.Is(() => host.Log.Events.Contains("ApiTransferBroken"), "it is cut off", TimeSpan.FromSeconds(60));
    }

    private static async Task<(string Text, string MediaType, string File)> ExportAsync(ApiHost host, string path)
    {
        using var response = await host.Client.Http.GetAsync(new Uri(path, UriKind.Relative), Cancel);
        response.IsSuccessStatusCode.ShouldBeTrue();
        ApiClient.ShouldHaveTheHeaders(response);
        var text = await response.Content.ReadAsStringAsync(Cancel);
        return (text, response.Content.Headers.ContentType!.ToString(), response.Content.Headers.ContentDisposition!.FileName!.Trim('"'));
    }
}
