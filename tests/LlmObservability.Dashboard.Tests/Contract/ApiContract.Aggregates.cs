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
