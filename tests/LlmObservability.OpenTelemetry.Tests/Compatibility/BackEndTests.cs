using System.Globalization;
using System.Text.Json;
using LlmObservability.OpenTelemetry.Tests.Instrumentation;

namespace LlmObservability.OpenTelemetry.Tests.Compatibility;

/// <summary>What back ends read is on real spans, and nothing that would mislead them.</summary>
[Collection(TelemetryTests.Name)]
public sealed class BackEndTests
{
    private const LlmCompatibility Both = LlmCompatibility.Langfuse | LlmCompatibility.OpenInference;

    private static readonly string[] ConventionUsage =
    [
        "gen_ai.usage.input_tokens", "gen_ai.usage.output_tokens", "gen_ai.usage.cache_read.input_tokens",
        "gen_ai.usage.cache_creation.input_tokens", "gen_ai.usage.reasoning.output_tokens", "gen_ai.usage.cost",
    ];

    public static TheoryData<string, LlmCompatibility> BackEndsAndFlags()
    {
        var data = new TheoryData<string, LlmCompatibility>();
        foreach (var backEnd in BackEnds.All)
        {
            foreach (var flags in new[] { LlmCompatibility.None, LlmCompatibility.Langfuse, LlmCompatibility.OpenInference, Both })
            {
                data.Add(backEnd.Name, flags);
            }
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(BackEndsAndFlags))]
    public async Task Each_call_is_one_call_to_a_back_end_and_attempts_and_tools_are_none(string name, LlmCompatibility flags)
    {
        var backEnd = BackEnds.All.Single(backEnd => backEnd.Name == name);
        var run = await SpanRun.MakeAsync(flags);

        var kinds = run.Spans.Select(backEnd.KindOf).ToList();
        kinds.Count(kind => backEnd.CallKinds.Contains(kind)).ShouldBe(run.Calls.Count);
        kinds.Count(kind => kind == backEnd.CallKinds[^1] && backEnd.CallKinds.Length > 1).ShouldBe(backEnd.CallKinds.Length > 1 ? 1 : 0);
        foreach (var envelope in run.Calls.Values)
        {
            backEnd.CallKinds.ShouldContain(backEnd.KindOf(run.SpanOf(envelope.Call.SpanId)));
        }

        var retried = run.Calls["retried"];
        retried.Attempts.Count.ShouldBe(2);
        foreach (var attempt in retried.Attempts)
        {
            backEnd.KindOf(run.SpanOf(attempt.SpanId)).ShouldBeNull();
        }

        backEnd.KindOf(run.SpanOf(retried.ToolCalls.ShouldHaveSingleItem().SpanId)).ShouldBe(backEnd.ToolKind);
    }

    [Theory]
    [MemberData(nameof(BackEndsAndFlags))]
    public async Task What_a_back_end_reads_is_what_the_record_says(string name, LlmCompatibility flags)
    {
        var backEnd = BackEnds.All.Single(backEnd => backEnd.Name == name);
        if (!flags.HasFlag(backEnd.Needs))
        {
            // What it then misses is the next test's.
            flags |= backEnd.Needs;
        }

        var run = await SpanRun.MakeAsync(flags);
        foreach (var (kind, envelope) in run.Calls)
        {
            var span = run.SpanOf(envelope.Call.SpanId);
            foreach (var reading in backEnd.Readings)
            {
                reading.Of(span).ShouldBe(Applies(reading, envelope.Call) ? reading.MustBe(envelope.Call) : null, $"{name}, {kind}: {reading.Fact}");
            }
        }

        // The table looks at something of each.
        foreach (var reading in backEnd.Readings)
        {
            run.Calls.Values.ShouldContain(envelope => reading.MustBe(envelope.Call) != null, reading.Fact);
        }
    }

    [Fact]
    public async Task Without_compatibility_there_is_not_one_key_of_it()
    {
        var run = await SpanRun.MakeAsync(LlmCompatibility.None);

        run.Spans.SelectMany(span => span.Keys).ShouldAllBe(key =>
            key.StartsWith("gen_ai.", StringComparison.Ordinal) || key.StartsWith("llm_observability.", StringComparison.Ordinal)
            || key == "server.address" || key == "server.port" || key == "error.type" || key == "http.response.status_code");
    }

    [Theory]
    [InlineData(LlmCompatibility.None)]
    [InlineData(LlmCompatibility.Langfuse)]
    [InlineData(LlmCompatibility.OpenInference)]
    [InlineData(Both)]
    public async Task Nothing_is_counted_that_is_no_usage_and_nothing_twice(LlmCompatibility flags)
    {
        var run = await SpanRun.MakeAsync(flags);

        run.Spans.SelectMany(span => span.Keys).Where(key => key.StartsWith("gen_ai.usage.", StringComparison.Ordinal)).ShouldBeSubsetOf(ConventionUsage);
        run.Spans.Sum(span => Langfuse.Usage(span).Sum(usage => usage.Value))
            .ShouldBe(run.Calls.Values.Sum(envelope => (decimal)(envelope.Call.Tokens.Input + envelope.Call.Tokens.Output)));
        run.Spans.Sum(Langfuse.Cost).ShouldBe((double)run.Calls.Values.Sum(envelope => envelope.Call.Cost?.TotalUsd ?? 0), 1e-12);
    }

    [Theory]
    [InlineData(LlmCompatibility.None)]
    [InlineData(LlmCompatibility.Langfuse)]
    [InlineData(LlmCompatibility.OpenInference)]
    [InlineData(Both)]
    public async Task No_span_holds_content_or_a_plain_user_id(LlmCompatibility flags)
    {
        var run = await SpanRun.MakeAsync(flags);

        var texts = run.Spans.SelectMany(span => span.Values).SelectMany(value => value as string[] ?? [Convert.ToString(value, CultureInfo.InvariantCulture)!]).ToList();
        texts.ShouldNotContain(text => text.Contains(CallScenario.Secret, StringComparison.Ordinal));
        texts.ShouldNotContain(text => text.Contains("alice", StringComparison.Ordinal));
    }

    // OpenInference has no word for why an embedding ended, nor for a model's tokens where there is no model.
    private static bool Applies(Reading reading, LlmCall call) => !(reading.Fact == "finish reason" && call.Operation == "embeddings");

    /// <summary>How Langfuse counts a span: the details given, else what the conventions' attributes add up to.</summary>
    private static class Langfuse
    {
        public static Dictionary<string, decimal> Usage(IReadOnlyDictionary<string, object?> span)
        {
            if (span.GetValueOrDefault("langfuse.observation.usage_details") is string details)
            {
                return JsonSerializer.Deserialize<Dictionary<string, decimal>>(details)!.Where(pair => pair.Key != "total").ToDictionary();
            }

            var counts = span.Where(pair => (pair.Key.StartsWith("gen_ai.usage.", StringComparison.Ordinal) && pair.Key != "gen_ai.usage.cost")
                    || pair.Key.StartsWith("llm.token_count.", StringComparison.Ordinal))
                .GroupBy(pair => Known(pair.Key)).ToDictionary(group => group.Key, group => Convert.ToDecimal(group.First().Value, CultureInfo.InvariantCulture));
            counts.Remove("total");
            Subtract("input", "input_cached_tokens", "input_cache_creation");
            Subtract("output", "output_reasoning_tokens");
            return counts;

            void Subtract(string whole, params string[] parts)
            {
                if (counts.TryGetValue(whole, out var count))
                {
                    counts[whole] = Math.Max(0, count - parts.Sum(part => counts.GetValueOrDefault(part)));
                }
            }
        }

        public static double Cost(IReadOnlyDictionary<string, object?> span) =>
            span.GetValueOrDefault("langfuse.observation.cost_details") is string details
                ? (double)JsonSerializer.Deserialize<Dictionary<string, decimal>>(details)!["total"]
                : (double)(span.GetValueOrDefault("gen_ai.usage.cost") ?? span.GetValueOrDefault("llm.cost.total") ?? 0.0);

        private static string Known(string key) => key switch
        {
            "gen_ai.usage.input_tokens" or "llm.token_count.prompt" => "input",
            "gen_ai.usage.output_tokens" or "llm.token_count.completion" => "output",
            "llm.token_count.total" => "total",
            "gen_ai.usage.cache_read.input_tokens" or "llm.token_count.prompt_details.cache_read" => "input_cached_tokens",
            "gen_ai.usage.cache_creation.input_tokens" or "llm.token_count.prompt_details.cache_write" => "input_cache_creation",
            "gen_ai.usage.reasoning.output_tokens" or "llm.token_count.completion_details.reasoning" => "output_reasoning_tokens",
            _ => key,
        };
    }
}
