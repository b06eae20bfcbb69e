using System.Text.Json;
using LlmObservability.Queries;
using LlmObservability.Testing;

namespace LlmObservability.Dashboard.Tests.Contract;

/// <content>Aggregates and distinct values, against sums over the calls that were written.</content>
public abstract partial class ApiContract
{
    [Fact]
    public async Task Measures_are_those_of_the_calls()
    {
        await using var host = await StartAsync();
        var calls = await host.FillAsync(150);
        var answer = await host.Client.GetAsync("aggregate?percentiles=true");
        var total = answer.GetProperty("total");
        ShouldMeasure(total, calls);
        total.GetProperty("completed").GetInt64().ShouldBe(calls.Count(call => call.Outcome == LlmOutcome.Completed));
        total.GetProperty("usage_missing").GetInt64().ShouldBe(calls.Count(call => call.Tokens.Source == LlmUsageSource.Missing));
        var duration = total.GetProperty("duration_us");
        duration.GetProperty("max").GetDouble().ShouldBe(calls.Max(call => call.Duration.Ticks / 10));
        var sorted = calls.Select(call => call.Duration.Ticks / 10d).Order().ToList();
        duration.GetProperty("p50").GetDouble().ShouldBe(sorted[74], sorted[74] * 0.02);
        total.GetProperty("time_to_first_token_us").GetProperty("count").GetInt64().ShouldBe(calls.Count(call => call.TimeToFirstToken is not null));
        answer.GetProperty("rows").EnumerateArray().ShouldHaveSingleItem().GetProperty("keys").GetArrayLength().ShouldBe(0);
        (await host.Client.GetAsync("aggregate")).GetProperty("total").GetProperty("duration_us").TryGetProperty("p50", out _).ShouldBeFalse("not asked for");
    }

    [Fact]
    public async Task Groups_by_three_fields_come_largest_first_and_the_rest_as_one()
    {
        await using var host = await StartAsync();
        var calls = await host.FillAsync(200);
        var answer = await host.Client.GetAsync("aggregate?group_by=outcome&group_by=tag.team&group_by=streaming&top=5&top_by=tokens");
        var rows = answer.GetProperty("rows").EnumerateArray().ToList();
        var groups = calls
            .GroupBy(call => (Outcome: (string?)call.Outcome.ToName(), Team: call.Tags.TryGetCustom("team", out var team) ? team : null, Streaming: call.Streaming ? "true" : "false"))
            .ToDictionary(group => group.Key, group => group.ToList());

        rows.Count.ShouldBe(6);
        var tokens = rows.Take(5).Select(row => row.GetProperty("measures").GetProperty("input_tokens").GetInt64() + row.GetProperty("measures").GetProperty("output_tokens").GetInt64()).ToList();
        tokens.ShouldBe(groups.Values.Select(group => group.Sum(call => call.Tokens.Input + call.Tokens.Output)).OrderDescending().Take(5));
        foreach (var row in rows.Take(5))
        {
            var keys = row.GetProperty("keys").EnumerateArray().Select(key => key.GetString()).ToList();
            ShouldMeasure(row.GetProperty("measures"), groups[(keys[0], keys[1], keys[2]!)]);
        }

        rows[5].GetProperty("is_other").GetBoolean().ShouldBeTrue();
        rows.Sum(row => row.GetProperty("measures").GetProperty("calls").GetInt64()).ShouldBe(calls.Count);
    }

    [Fact]
    public async Task Buckets_are_aligned_to_utc_and_the_period_before_is_compared()
    {
        await using var host = await StartAsync();
        var calls = await host.FillAsync(200);
        var (from, to) = (ScriptedCalls.TenDaysAgo.AddDays(1), ScriptedCalls.TenDaysAgo.AddDays(3));
        var window = $"from={Encode(LlmValue.Format(from))}&to={Encode(LlmValue.Format(to))}";

        var days = (await host.Client.GetAsync($"aggregate?{window}&bucket=day")).GetProperty("rows").EnumerateArray().ToList();
        days.Select(row => row.GetProperty("bucket").GetString()).ShouldBe([Utc(from), Utc(from.AddDays(1))]);
        ShouldMeasure(days[1].GetProperty("measures"), [.. calls.Where(call => call.StartedAt >= from.AddDays(1))]);

        var second = $"from={Encode(LlmValue.Format(from))}&to={Encode(LlmValue.Format(from.AddDays(1)))}";
        var compared = await host.Client.GetAsync($"aggregate?{second}&group_by=streaming&compare_previous=true");
        ShouldMeasure(compared.GetProperty("previous"), [.. calls.Where(call => call.StartedAt < from)]);
        foreach (var row in compared.GetProperty("rows").EnumerateArray())
        {
            var streaming = row.GetProperty("keys")[0].GetString() == "true";
            ShouldMeasure(row.GetProperty("previous"), [.. calls.Where(call => call.StartedAt < from && call.Streaming == streaming)]);
        }

        static string Utc(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'");
    }

    [Fact]
    public async Task Spend_leaves_out_what_it_does_not_measure()
    {
        await using var host = await StartAsync();
        var calls = await host.FillAsync(100);
        var total = (await host.Client.GetAsync("aggregate?measures=spend&group_by=user")).GetProperty("total");
        ShouldMeasure(total, calls);
        total.TryGetProperty("failed", out _).ShouldBeFalse("a zero would be a lie");
        total.TryGetProperty("duration_us", out _).ShouldBeFalse();
    }

    [Fact]
    public async Task Values_come_with_their_counts_by_prefix_and_within_a_limit()
    {
        await using var host = await StartAsync();
        var calls = await host.FillAsync(150);
        var answer = await host.Client.GetAsync("values?field=model&prefix=gpt-4.1&limit=2&outcome=completed");
        var expected = calls.Where(call => call.Outcome == LlmOutcome.Completed && call.Model?.StartsWith("gpt-4.1", StringComparison.Ordinal) == true)
            .GroupBy(call => call.Model!).OrderByDescending(group => group.Count()).ThenBy(group => group.Key, StringComparer.Ordinal)
            .Select(group => (Value: group.Key, Calls: (long)group.Count())).ToList();
        answer.GetProperty("values").EnumerateArray().Select(value => (value.GetProperty("value").GetString()!, value.GetProperty("calls").GetInt64()))
            .ShouldBe(expected.Take(2));
        answer.GetProperty("has_more").GetBoolean().ShouldBe(expected.Count > 2);

        var teams = (await host.Client.GetAsync("values?field=tag.team")).GetProperty("values").EnumerateArray().Select(value => value.GetProperty("value").GetString()!);
        teams.ShouldBe(calls.Where(call => call.Tags.TryGetCustom("team", out _)).Select(call => call.Tags.Custom.First(tag => tag.Key == "team").Value).Distinct(), ignoreOrder: true);
    }

    [Fact]
    public async Task Histograms_hold_every_value_in_bins_of_one_scale()
    {
        await using var host = await StartAsync();
        var calls = await host.FillAsync(150);
        var answer = await host.Client.GetAsync("aggregate?histograms=true&group_by=streaming&model=no%20such%20model&model=gpt-4.1&model=claude-sonnet-4");
        var total = answer.GetProperty("total");
        calls = [.. calls.Where(call => call.Model is "gpt-4.1" or "claude-sonnet-4")];
        foreach (var (name, values) in new (string, List<double>)[]
        {
            ("duration_us", [.. calls.Select(call => call.Duration.TotalMicroseconds)]),
            ("time_to_first_token_us", [.. calls.Where(call => call.TimeToFirstToken is not null).Select(call => call.TimeToFirstToken!.Value.TotalMicroseconds)]),
            ("output_length_tokens", [.. calls.Where(call => call.Tokens.Source != LlmUsageSource.Missing).Select(call => (double)call.Tokens.Output)]),
            ("output_tokens_per_second", [.. calls.Select(call => call.OutputTokensPerSecond).OfType<double>()]),
            ("queue_wait_us", [.. calls.Where(call => call.QueueWait is not null).Select(call => call.QueueWait!.Value.TotalMicroseconds)]),
        })
        {
            var bins = total.GetProperty(name).GetProperty("histogram").EnumerateArray()
                .Select(bin => (From: bin.GetProperty("from").GetDouble(), To: bin.GetProperty("to").GetDouble(), Count: bin.GetProperty("count").GetInt64())).ToList();
            bins.Sum(bin => bin.Count).ShouldBe(values.Count, name);
            bins.ShouldBe(bins.OrderBy(bin => bin.From));
            foreach (var bin in bins)
            {
                // Of what is written by the batch it is exact here or by a rollup, within 2% of its bounds.
                bin.Count.ShouldBeInRange(
                    values.Count(value => value >= bin.From * 1.02 && value < bin.To * 0.98), values.Count(value => value >= bin.From * 0.98 && value < bin.To * 1.02), name);
            }

            answer.GetProperty("rows").EnumerateArray().Sum(row => row.GetProperty("measures").GetProperty(name).GetProperty("histogram").EnumerateArray()
                .Sum(bin => bin.GetProperty("count").GetInt64())).ShouldBe(values.Count);
        }

        // A distribution without values has a histogram without bins; and without the parameter there is none.
        (await host.Client.GetAsync("aggregate?histograms=true&model=none")).GetProperty("total").GetProperty("queue_wait_us").GetProperty("histogram").GetArrayLength().ShouldBe(0);
        (await host.Client.GetAsync("aggregate")).GetProperty("total").GetProperty("duration_us").TryGetProperty("histogram", out _).ShouldBeFalse();
        (await host.Client.GetAsync("aggregate?histograms=true&measures=spend")).GetProperty("total").TryGetProperty("queue_wait_us", out _).ShouldBeFalse();
    }

    [Fact]
    public async Task Tools_are_those_of_the_calls_of_the_filter()
    {
        await using var host = await StartAsync();
        var calls = await host.FillAsync(150);
        List<LlmToolCall> toolCalls = [];
        foreach (var call in calls.Where(call => call.Outcome == LlmOutcome.Completed))
        {
            toolCalls.AddRange((await host.Store.GetAsync(call.Id, Cancel))!.ToolCalls);
        }

        var expected = toolCalls.GroupBy(tool => (tool.Name, tool.Type)).OrderByDescending(tool => tool.Count())
            .ThenBy(tool => tool.Key.Name, StringComparer.Ordinal).ThenBy(tool => tool.Key.Type, StringComparer.Ordinal)
            .Select(tool => (tool.Key.Name, tool.Key.Type, Calls: (long)tool.Count(), Failed: (long)tool.Count(of => of.Outcome == LlmOutcome.Failed), Longest: tool.Max(of => of.Duration).TotalMicroseconds))
            .ToList();
        var answer = await host.Client.GetAsync("tools?outcome=completed&top=4");
        answer.GetProperty("tools").EnumerateArray().Select(tool => (
            tool.GetProperty("name").GetString()!,
            tool.GetProperty("type").GetString()!,
            tool.GetProperty("tool_calls").GetInt64(),
            tool.GetProperty("failed").GetInt64(),
            tool.GetProperty("duration_us").GetProperty("max").GetDouble())).ShouldBe(expected.Take(4));
        answer.GetProperty("tools")[0].GetProperty("duration_us").GetProperty("p95").GetDouble().ShouldBeGreaterThan(0);
        answer.GetProperty("has_more").GetBoolean().ShouldBeTrue();
        (await host.Client.GetAsync("tools?model=none")).GetProperty("tools").GetArrayLength().ShouldBe(0);
    }

    private static void ShouldMeasure(JsonElement measures, List<LlmCall> calls)
    {
        measures.GetProperty("calls").GetInt64().ShouldBe(calls.Count);
        measures.GetProperty("priced").GetInt64().ShouldBe(calls.Count(call => call.Cost is not null));
        measures.GetProperty("input_tokens").GetInt64().ShouldBe(calls.Sum(call => call.Tokens.Input));
        measures.GetProperty("output_tokens").GetInt64().ShouldBe(calls.Sum(call => call.Tokens.Output));
        var nanos = calls.Sum(call => call.Cost?.TotalNanos ?? 0);
        measures.GetProperty("cost_nanos").GetInt64().ShouldBe(nanos);
        decimal.Parse(measures.GetProperty("cost_usd").GetString()!).ShouldBe(nanos / 1_000_000_000m);
        measures.GetProperty("cost_cached_input_nanos").GetInt64().ShouldBe(calls.Sum(call => call.Cost?.CachedInputNanos ?? 0));
        measures.GetProperty("cost_coverage").GetDouble().ShouldBe((double)calls.Count(call => call.Cost is not null) / calls.Count);
    }
}
