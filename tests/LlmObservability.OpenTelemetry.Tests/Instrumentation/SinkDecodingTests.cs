using LlmObservability.OpenTelemetry.Tests.Decoding;

namespace LlmObservability.OpenTelemetry.Tests.Instrumentation;

/// <summary>The sink's JSON, decoded by another implementation, is what the store has, and what the SDK says of the same calls.</summary>
[Collection(TelemetryTests.Name)]
public sealed class SinkDecodingTests
{
    [Theory]
    [InlineData(OtlpCompression.None, true)]
    [InlineData(OtlpCompression.Gzip, true)]
    [InlineData(OtlpCompression.Gzip, false)]
    public async Task Each_call_is_one_log_record_with_all_of_the_record(OtlpCompression compression, bool traced)
    {
        var run = await SinkRun.MakeAsync(OtlpSignal.Logs, compression, traced);

        run.BySink.AllCompressed.ShouldBe(compression == OtlpCompression.Gzip);
        run.BySink.Spans.ShouldBeEmpty();
        var logs = run.BySink.Logs;
        logs.Select(log => log.Attributes["log.record.uid"]).ShouldBeUnique();
        logs.Count(log => log.EventName == "llm_observability.call").ShouldBe(run.Calls.Count);
        foreach (var (kind, detail) in run.Calls)
        {
            var call = detail.Call;
            (call.SpanId is not null).ShouldBe(traced, kind);
            var log = logs.Single(log => call.Id.ToString().Equals(log.Attributes["log.record.uid"]));
            log.EventName.ShouldBe("llm_observability.call", kind);
            log.Resource.Keys.ShouldContain("service.name", kind);
            log.Body.ShouldContain(call.Id.ToString(), Case.Sensitive, kind);
            log.TraceId.ShouldBe(call.TraceId ?? "", kind);
            log.SpanId.ShouldBe(call.SpanId ?? call.ParentSpanId ?? "", kind);
            log.TimeUnixNano.ShouldBe(UnixNano(call.StartedAt), kind);
            log.ObservedTimeUnixNano.ShouldBe(UnixNano(call.StartedAt + call.Duration), kind);
            log.Severity.ShouldBe(call.Outcome == LlmOutcome.Failed ? 13 : 9, kind);
            log.Attributes["llm_observability.outcome"].ShouldBe(call.Outcome.ToName(), kind);
            log.Attributes["llm_observability.duration"].ShouldBe(call.Duration.TotalSeconds, kind);
            log.Attributes["llm_observability.provider_time"].ShouldBe(call.ProviderTime.TotalSeconds, kind);
            log.Attributes.GetValueOrDefault("llm_observability.cost.nanos").ShouldBe(call.Cost?.TotalNanos, kind);
            log.Attributes.GetValueOrDefault("llm_observability.price.entry").ShouldBe(call.PriceEntry, kind);
            log.Attributes.GetValueOrDefault("llm_observability.tokens.cache_read").ShouldBe(call.Tokens.CacheRead == 0 ? null : call.Tokens.CacheRead, kind);
            log.Attributes.Keys.Where(key => !key.StartsWith("llm_observability.tag.", StringComparison.Ordinal)).ShouldBeSubsetOf(DocumentedKeys.OfCallRecords);
            // What the span says, the log record says too, under the same names; of finish reasons it has the one as text.
            var expected = ExpectedSpan.Of(call);
            expected.Remove("gen_ai.response.finish_reasons");
            expected.Remove("llm_observability.outcome");
            foreach (var (key, value) in expected)
            {
                log.Attributes.Keys.ShouldContain(key, kind);
                log.Attributes[key].ShouldBe(value, $"{kind}: {key}");
            }
        }

        var retried = run.Calls["retried"];
        foreach (var attempt in retried.Attempts)
        {
            var log = logs.Single(log => $"{retried.Call.Id}/attempt/{attempt.Ordinal}".Equals(log.Attributes["log.record.uid"]));
            log.EventName.ShouldBe("llm_observability.attempt");
            log.Attributes["llm_observability.call.id"].ShouldBe(retried.Call.Id.ToString());
            log.TraceId.ShouldBe(retried.Call.TraceId ?? "");
            log.SpanId.ShouldBe(attempt.SpanId ?? attempt.ParentSpanId ?? retried.Call.SpanId ?? retried.Call.ParentSpanId ?? "");
        }

        logs.Count(log => log.EventName == "llm_observability.attempt").ShouldBe(2);
        var tool = logs.ShouldHaveSingleItemOf("llm_observability.tool_call");
        tool.Attributes["log.record.uid"].ShouldBe($"{retried.Call.Id}/tool/1");
        tool.SpanId.ShouldBe(retried.ToolCalls.Single().SpanId ?? "");
        logs.ShouldNotContain(log => log.ToString().Contains(CallScenario.Secret, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(OtlpCompression.None, LlmCompatibility.None, false)]
    [InlineData(OtlpCompression.Gzip, LlmCompatibility.None, true)]
    [InlineData(OtlpCompression.Gzip, LlmCompatibility.Langfuse, false)]
    [InlineData(OtlpCompression.Gzip, LlmCompatibility.OpenInference, false)]
    [InlineData(OtlpCompression.Gzip, LlmCompatibility.OpenInference, true)]
    [InlineData(OtlpCompression.None, LlmCompatibility.Langfuse | LlmCompatibility.OpenInference, true)]
    public async Task As_spans_they_are_those_that_the_SDK_exports(OtlpCompression compression, LlmCompatibility compatibility, bool latest)
    {
        var run = await SinkRun.MakeAsync(OtlpSignal.Spans, compression, traced: true, compatibility, latest);
        run.BySink.Spans.Count(span => span.Attributes.ContainsKey(latest ? "gen_ai.usage.cache_write.input_tokens" : "gen_ai.usage.cache_creation.input_tokens")).ShouldBe(1);

        run.BySink.AllCompressed.ShouldBe(compression == OtlpCompression.Gzip);
        run.BySink.Logs.ShouldBeEmpty();
        var bySdk = run.BySdk.Spans.ToDictionary(span => span.SpanId);
        run.BySink.Spans.Select(span => span.SpanId).ShouldBe(bySdk.Keys, ignoreOrder: true);
        foreach (var span in run.BySink.Spans)
        {
            var other = bySdk[span.SpanId];
            (span.TraceId, span.ParentSpanId, span.Name, span.Kind).ShouldBe((other.TraceId, other.ParentSpanId, other.Name, other.Kind));
            (span.StartUnixNano, span.EndUnixNano, span.Status, span.StatusMessage).ShouldBe((other.StartUnixNano, other.EndUnixNano, other.Status, other.StatusMessage), span.Name);
            // A record does not keep with what options a model was asked.
            Dictionary<string, object?> attributes = other.Attributes.Where(pair => pair.Key is not ("gen_ai.request.temperature" or "gen_ai.request.max_tokens")).ToDictionary();
            if (span.Name == "execute_tool look_up")
            {
                // The record of a tool call knows its call, which a tool's live span does not always.
                attributes.Add("llm_observability.call.id", run.Calls["retried"].Call.Id.ToString());
            }

            var isAttempt = span.Name.StartsWith("attempt ", StringComparison.Ordinal);
            span.Attributes.ContainsKey("langfuse.observation.type").ShouldBe(compatibility.HasFlag(LlmCompatibility.Langfuse) && !isAttempt, span.Name);
            span.Attributes.ContainsKey("openinference.span.kind").ShouldBe(compatibility.HasFlag(LlmCompatibility.OpenInference) && !isAttempt, span.Name);
            span.Attributes.Keys.ShouldBe(attributes.Keys, ignoreOrder: true, span.Name);
            foreach (var (key, value) in attributes)
            {
                span.Attributes[key].ShouldBe(value, $"{span.Name}: {key}");
                span.Attributes[key]!.GetType().ShouldBe(value!.GetType(), $"{span.Name}: {key}");
            }
        }
    }

    [Fact]
    public async Task As_spans_of_calls_that_had_none_they_hang_together()
    {
        var run = await SinkRun.MakeAsync(OtlpSignal.Spans, OtlpCompression.None, traced: false);

        run.BySdk.Spans.ShouldBeEmpty();
        foreach (var (kind, detail) in run.Calls)
        {
            var span = run.BySink.Spans.Single(span => span.Attributes.GetValueOrDefault("gen_ai.provider.name") is not null
                && detail.Call.Id.ToString().Equals(span.Attributes["llm_observability.call.id"]));
            span.ParentSpanId.ShouldBeEmpty(kind);
            span.TraceId.ShouldBe(detail.Call.Id.ToString("N"), kind);
            if (kind != "retried")
            {
                continue;
            }

            var attempts = run.BySink.Spans.Where(other => other.ParentSpanId == span.SpanId).OrderBy(other => other.StartUnixNano).ToList();
            attempts.Select(attempt => attempt.Name).ShouldBe(["attempt gpt-4o-mini", "attempt gpt-4o-mini"]);
            attempts.ShouldAllBe(attempt => attempt.TraceId == span.TraceId);
            run.BySink.Spans.Single(other => other.Name == "execute_tool look_up").ParentSpanId.ShouldBe(attempts[1].SpanId);
        }
    }

    private static long UnixNano(DateTimeOffset time) => (time - DateTimeOffset.UnixEpoch).Ticks * 100;
}

internal static class LogsByEvent
{
    public static ReceivedLog ShouldHaveSingleItemOf(this IReadOnlyList<ReceivedLog> logs, string eventName) =>
        logs.Where(log => log.EventName == eventName).ShouldHaveSingleItem();
}
