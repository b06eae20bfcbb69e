using LlmObservability.OpenTelemetry.Tests.Instrumentation;

namespace LlmObservability.OpenTelemetry.Tests.Compatibility;

/// <summary>What Langfuse shows of a few calls: numbers worked out by hand, with the arithmetic of its sources and with what it is told.</summary>
[Collection(TelemetryTests.Name)]
public sealed class LangfuseSumsTests
{
    // 1,000 in, of which 600 out of the cache; 200 out, of which 80 reasoning. 5,000 in, of which 1,500 out of the cache and 3,000 into it; 100 out.
    // 1,000 in, of which 700 out of the cache, 400 audio and 50 image; 300 out, of which 200 audio.
    [Theory]
    [InlineData("retried", LlmCompatibility.None, "input=400 input_cached_tokens=600 output=120 output_reasoning_tokens=80")]
    [InlineData("written", LlmCompatibility.None, "input=500 input_cache_creation=3000 input_cached_tokens=1500 output=100")]
    [InlineData("heard", LlmCompatibility.None, "input=300 input_cached_tokens=700 output=300")]
    [InlineData("retried", LlmCompatibility.Langfuse, "input=400 input_cached_tokens=600 output=120 output_reasoning_tokens=80")]
    [InlineData("written", LlmCompatibility.Langfuse, "input=500 input_cache_creation_5m=3000 input_cached_tokens=1500 output=100")]
    [InlineData("heard", LlmCompatibility.Langfuse, "input=0 input_audio_tokens=250 input_cached_audio_tokens=150 input_cached_tokens=550 input_image_tokens=50 output=100 output_audio_tokens=200")]
    public async Task A_calls_classes_are_these(string kind, LlmCompatibility flags, string expected)
    {
        foreach (var bySink in new[] { false, true })
        {
            var run = await SpanRun.MakeAsync(flags, bySink);
            var usage = LangfuseSums.Usage(run.SpanOf(run.Calls[kind].Call.SpanId));
            string.Join(' ', usage.OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => $"{pair.Key}={pair.Value}")).ShouldBe(expected);
        }
    }

    [Fact]
    public async Task And_the_cost_is_that_of_the_price_list()
    {
        // Dollars for a million tokens: 0.15 in, 0.075 out of the cache, 0.6 out; 3, 0.3, 3.75 into the cache, 15.
        var run = await SpanRun.MakeAsync(LlmCompatibility.Langfuse);
        LangfuseSums.Cost(run.SpanOf(run.Calls["retried"].Call.SpanId)).ShouldBe(0.000225, 1e-15);
        LangfuseSums.Cost(run.SpanOf(run.Calls["written"].Call.SpanId)).ShouldBe(0.0147, 1e-15);
    }
}
