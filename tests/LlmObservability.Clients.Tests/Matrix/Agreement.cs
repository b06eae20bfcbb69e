using System.Diagnostics;

namespace LlmObservability.Clients.Tests.Matrix;

/// <summary>One call was made: its record, its span, the conventions' metrics and the counters say the same of it, once each.</summary>
internal static class Agreement
{
    public static void ShouldAgreeOn(this Watch watch, LlmCall call)
    {
        SpanAgrees(watch.Spans.Own.ShouldHaveSingleItem(), call);
        HistogramsAgree(watch.Metrics, call);
        CountersAgree(watch.Metrics.Read(), call);
    }

    private static void SpanAgrees(Activity span, LlmCall call)
    {
        span.DisplayName.ShouldBe($"chat {call.RequestModel}");
        span.Kind.ShouldBe(ActivityKind.Client);
        span.TraceId.ToHexString().ShouldBe(call.TraceId);
        span.SpanId.ToHexString().ShouldBe(call.SpanId);
        (span.ParentSpanId == default ? null : span.ParentSpanId.ToHexString()).ShouldBe(call.ParentSpanId);
        span.Duration.ShouldBe(call.Duration);
        span.Status.ShouldBe(call.Outcome == LlmOutcome.Failed ? ActivityStatusCode.Error : ActivityStatusCode.Unset);
        span.StatusDescription.ShouldBeNull();
        span.Events.ShouldBeEmpty();
        var known = call.Tokens.Source != LlmUsageSource.Missing;
        Says(span, "gen_ai.provider.name", call.Provider);
        Says(span, "gen_ai.request.stream", call.Streaming ? true : null);
        Says(span, "gen_ai.response.id", call.ResponseId);
        Says(span, "gen_ai.response.model", call.ResponseModel);
        (span.GetTagItem("gen_ai.response.finish_reasons") as string[]).ShouldBe(call.FinishReason is { } reason ? [reason] : null);
        Says(span, "gen_ai.response.time_to_first_chunk", call.TimeToFirstToken?.TotalSeconds);
        Says(span, "gen_ai.usage.input_tokens", known ? call.Tokens.Input : null);
        Says(span, "gen_ai.usage.output_tokens", known ? call.Tokens.Output : null);
        Says(span, "llm_observability.usage.source", call.Tokens.Source == LlmUsageSource.Estimated ? "estimated" : null);
        Says(span, "gen_ai.usage.cost", (double?)call.Cost?.TotalUsd);
        Says(span, "error.type", call.ErrorType);
        Says(span, "llm_observability.call.id", call.Id);
        Says(span, "llm_observability.outcome", call.Outcome == LlmOutcome.Completed ? null : call.Outcome.ToString().ToLowerInvariant());
    }

    private static void HistogramsAgree(MetricsOfServer metrics, LlmCall call)
    {
        var duration = metrics.Recorded("gen_ai.client.operation.duration").ShouldHaveSingleItem();
        duration.Value.ShouldBe(call.Duration.TotalSeconds);
        duration.Tags.GetValueOrDefault("error.type").ShouldBe(call.ErrorType);
        metrics.Recorded("gen_ai.client.operation.time_to_first_chunk").Select(heard => heard.Value)
            .ShouldBe(call.TimeToFirstToken is { } first ? [first.TotalSeconds] : []);
        double[] counts = call.Tokens.Source == LlmUsageSource.Reported ? [call.Tokens.Input, call.Tokens.Output] : [];
        metrics.Recorded("gen_ai.client.token.usage").Select(heard => heard.Value).ShouldBe(counts);
    }

    private static void CountersAgree(ILookup<string, Heard> counters, LlmCall call)
    {
        var requests = counters["llm_observability.requests"].Where(heard => heard.Value != 0).ShouldHaveSingleItem();
        requests.Value.ShouldBe(1);
        requests.Tags["llm_observability.outcome"].ShouldBe(call.Outcome.ToString().ToLowerInvariant());
        counters["llm_observability.requests.in_progress"].Sum(heard => heard.Value).ShouldBe(0);
        counters["llm_observability.requests.unpriced"].Sum(heard => heard.Value).ShouldBe(call.Cost is null ? 1 : 0);
        counters["llm_observability.cost"].Sum(heard => heard.Value).ShouldBe((double)(call.Cost?.TotalUsd ?? 0), 1e-12);
        Count("input").ShouldBe(call.Tokens.UncachedInput + (call.Tokens.Detail?.AudioInput ?? 0));
        Count("cache_read").ShouldBe(call.Tokens.CacheRead + (call.Tokens.Detail?.AudioCacheRead ?? 0));
        Count("cache_write").ShouldBe(call.Tokens.CacheWrite5m + call.Tokens.CacheWrite1h);
        Count("output").ShouldBe(call.Tokens.VisibleOutput + (call.Tokens.Detail?.AudioOutput ?? 0));
        Count("reasoning").ShouldBe(call.Tokens.Reasoning);

        double Count(string type) => counters["llm_observability.tokens"]
            .Where(heard => Equals(heard.Tags["gen_ai.token.type"], type)).Sum(heard => heard.Value);
    }

    private static void Says(Activity span, string key, object? value) =>
        span.TagObjects.Where(tag => tag.Key == key).Select(tag => tag.Value).ShouldBe(value is null ? [] : [value], key);
}
