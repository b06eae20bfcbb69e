using System.Globalization;
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

    public static TheoryData<string, LlmCompatibility, bool> BackEndsAndFlags()
    {
        var data = new TheoryData<string, LlmCompatibility, bool>();
        foreach (var backEnd in BackEnds.All)
        {
            foreach (var flags in new[] { LlmCompatibility.None, LlmCompatibility.Langfuse, LlmCompatibility.OpenInference, Both })
            {
                data.Add(backEnd.Name, flags, false);
                data.Add(backEnd.Name, flags, true);
            }
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(BackEndsAndFlags))]
    public async Task Each_call_is_one_call_to_a_back_end_and_attempts_and_tools_are_none(string name, LlmCompatibility flags, bool bySink)
    {
        var backEnd = BackEnds.All.Single(backEnd => backEnd.Name == name);
        var run = await SpanRun.MakeAsync(flags, bySink);

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
    public async Task What_a_back_end_reads_is_what_the_record_says(string name, LlmCompatibility flags, bool bySink)
    {
        var backEnd = BackEnds.All.Single(backEnd => backEnd.Name == name);
        if (!flags.HasFlag(backEnd.Needs))
        {
            // What it then misses is the next test's.
            flags |= backEnd.Needs;
        }

        var run = await SpanRun.MakeAsync(flags, bySink);
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

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Without_compatibility_there_is_not_one_key_of_it(bool bySink)
    {
        var run = await SpanRun.MakeAsync(LlmCompatibility.None, bySink);

        run.Spans.SelectMany(span => span.Keys).ShouldAllBe(key =>
            key.StartsWith("gen_ai.", StringComparison.Ordinal) || key.StartsWith("llm_observability.", StringComparison.Ordinal)
            || key == "server.address" || key == "server.port" || key == "error.type" || key == "http.response.status_code");
    }

    [Theory]
    [InlineData(LlmCompatibility.None, false)]
    [InlineData(LlmCompatibility.Langfuse, false)]
    [InlineData(LlmCompatibility.OpenInference, false)]
    [InlineData(Both, false)]
    [InlineData(LlmCompatibility.None, true)]
    [InlineData(Both, true)]
    public async Task Nothing_is_counted_that_is_no_usage_and_nothing_twice(LlmCompatibility flags, bool bySink)
    {
        var run = await SpanRun.MakeAsync(flags, bySink);

        run.Spans.SelectMany(span => span.Keys).Where(key => key.StartsWith("gen_ai.usage.", StringComparison.Ordinal)).ShouldBeSubsetOf(ConventionUsage);
        run.Spans.Sum(span => LangfuseSums.InAndOut(span))
            .ShouldBe(run.Calls.Values.Sum(envelope => (decimal)(envelope.Call.Tokens.Input + envelope.Call.Tokens.Output)));
        run.Spans.Sum(LangfuseSums.Cost).ShouldBe((double)run.Calls.Values.Sum(envelope => envelope.Call.Cost?.TotalUsd ?? 0), 1e-12);
    }

    [Theory]
    [InlineData(LlmCompatibility.None, false)]
    [InlineData(LlmCompatibility.Langfuse, false)]
    [InlineData(LlmCompatibility.OpenInference, false)]
    [InlineData(Both, false)]
    [InlineData(LlmCompatibility.None, true)]
    [InlineData(Both, true)]
    public async Task No_span_holds_content_or_a_plain_user_id(LlmCompatibility flags, bool bySink)
    {
        var run = await SpanRun.MakeAsync(flags, bySink);

        var texts = run.Spans.SelectMany(span => span.Values).SelectMany(value => value as string[] ?? [Convert.ToString(value, CultureInfo.InvariantCulture)!]).ToList();
        texts.ShouldNotContain(text => text.Contains(CallScenario.Secret, StringComparison.Ordinal));
        texts.ShouldNotContain(text => text.Contains("alice", StringComparison.Ordinal));
    }

    // OpenInference has no word for why an embedding ended, nor for a model's tokens where there is no model.
    private static bool Applies(Reading reading, LlmCall call) => !(reading.Fact == "finish reason" && call.Operation == "embeddings");
}
