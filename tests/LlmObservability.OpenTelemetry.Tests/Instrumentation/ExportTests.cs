using LlmObservability.OpenTelemetry.Tests.Decoding;
using LlmObservability.Queries;
using LlmObservability.Telemetry;

namespace LlmObservability.OpenTelemetry.Tests.Instrumentation;

/// <summary>What the SDK's exporter sends, decoded by another implementation, is what the store has.</summary>
public abstract class ExportTests(ExportedRun run)
{
    private static readonly double[] Durations = [0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92];

    private static readonly double[] TokenCounts =
        [1, 4, 16, 64, 256, 1024, 4096, 16384, 65536, 262144, 1048576, 4194304, 16777216, 67108864];

    private IEnumerable<LlmCall> Calls => run.Calls.Values.Select(detail => detail.Call);

    [Fact]
    public void All_came_the_way_it_was_sent_from_one_service()
    {
        run.Received.Transports.ShouldHaveSingleItem().ShouldBe(run.Transport);
        foreach (var resource in run.Received.Spans.Select(span => span.Resource)
            .Concat(run.Received.Logs.Select(log => log.Resource)).Concat(run.Received.Metrics.Select(metric => metric.Resource)))
        {
            resource["service.name"].ShouldBe("shop");
            resource["service.version"].ShouldBe("1.2.3");
            resource["telemetry.sdk.language"].ShouldBe("dotnet");
        }
    }

    [Fact]
    public void Each_call_is_one_span_with_all_of_the_record()
    {
        foreach (var (kind, detail) in run.Calls)
        {
            var call = detail.Call;
            var span = SpanOf(call.SpanId);
            span.Scope.Name.ShouldBe("LlmObservability");
            span.Scope.Version.ShouldNotBeEmpty();
            span.Name.ShouldBe($"{call.Operation} {call.RequestModel}", kind);
            span.Kind.ShouldBe(3, kind);
            span.TraceId.ShouldBe(call.TraceId, kind);
            span.ParentSpanId.ShouldBe(call.ParentSpanId, kind);
            span.StartUnixNano.ShouldBe(UnixNano(call.StartedAt), kind);
            span.EndUnixNano.ShouldBe(UnixNano(call.StartedAt + call.Duration), kind);
            span.Status.ShouldBe(call.Outcome == LlmOutcome.Failed ? 2 : 0, kind);
            span.StatusMessage.ShouldBeEmpty(kind);
            span.EventCount.ShouldBe(0, kind);
            var expected = ExpectedSpan.Of(call);
            if (kind == "retried")
            {
                expected.Add("gen_ai.request.temperature", 0.5);
                expected.Add("gen_ai.request.max_tokens", 300L);
            }

            ShouldBeEqual(span.Attributes, expected, kind);
        }

        run.Received.Spans.Count(span => span.Attributes.ContainsKey("gen_ai.provider.name")).ShouldBe(run.Calls.Count);
    }

    [Fact]
    public void The_inbound_request_is_the_parent_of_its_call_the_call_of_its_attempts_and_an_attempt_of_its_tool()
    {
        foreach (var (kind, detail) in run.Calls)
        {
            var inbound = SpanOf(detail.Call.ParentSpanId);
            inbound.Scope.Name.ShouldBe("Microsoft.AspNetCore");
            inbound.Kind.ShouldBe(2);
            inbound.ParentSpanId.ShouldBeEmpty();
            inbound.TraceId.ShouldBe(detail.Call.TraceId);
            (inbound.StartUnixNano <= UnixNano(detail.Call.StartedAt)).ShouldBeTrue(kind);
            (inbound.EndUnixNano >= UnixNano(detail.Call.StartedAt + detail.Call.Duration)).ShouldBeTrue(kind);
        }

        var (retried, attempts, tools) = (run.Calls["retried"].Call, run.Calls["retried"].Attempts, run.Calls["retried"].ToolCalls);
        attempts.Count.ShouldBe(2);
        foreach (var attempt in attempts)
        {
            var span = SpanOf(attempt.SpanId);
            attempt.ParentSpanId.ShouldBe(retried.SpanId);
            span.TraceId.ShouldBe(retried.TraceId);
            span.ParentSpanId.ShouldBe(retried.SpanId);
            span.Name.ShouldBe("attempt gpt-4o-mini");
            span.Kind.ShouldBe(1);
            span.StartUnixNano.ShouldBe(UnixNano(attempt.StartedAt));
            span.EndUnixNano.ShouldBe(UnixNano(attempt.StartedAt + attempt.Duration));
            span.Attributes["llm_observability.call.id"].ShouldBe(retried.Id.ToString());
            span.Attributes["llm_observability.attempt.ordinal"].ShouldBe((long)attempt.Ordinal);
            span.Attributes["llm_observability.attempt.request_model"].ShouldBe("gpt-4o-mini");
            span.Attributes.Keys.ShouldNotContain(key => key.StartsWith("gen_ai.", StringComparison.Ordinal));
        }

        SpanOf(attempts[0].SpanId).Status.ShouldBe(2);
        SpanOf(attempts[0].SpanId).Attributes["http.response.status_code"].ShouldBe(503L);
        SpanOf(attempts[1].SpanId).Status.ShouldBe(0);

        var tool = tools.ShouldHaveSingleItem();
        var toolSpan = SpanOf(tool.SpanId);
        tool.TraceId.ShouldBe(retried.TraceId);
        tool.ParentSpanId.ShouldBe(attempts[1].SpanId);
        toolSpan.ParentSpanId.ShouldBe(attempts[1].SpanId);
        toolSpan.Name.ShouldBe("execute_tool look_up");
        toolSpan.Kind.ShouldBe(1);
        toolSpan.Attributes["gen_ai.tool.name"].ShouldBe("look_up");
        toolSpan.Attributes["gen_ai.operation.name"].ShouldBe("execute_tool");
    }

    [Fact]
    public void Histograms_count_and_sum_what_the_records_do()
    {
        Histogram("gen_ai.client.operation.duration", "s", Durations, Calls.Select(call => (Series(call, ("error.type", call.ErrorType)), call.Duration.TotalSeconds)));
        Histogram("gen_ai.client.operation.time_to_first_chunk", "s", Durations,
            Calls.Where(call => call.TimeToFirstToken is not null).Select(call => (Series(call), call.TimeToFirstToken!.Value.TotalSeconds)));
        Histogram("gen_ai.client.token.usage", "{token}", TokenCounts,
            Calls.Where(call => call.Tokens.Source == LlmUsageSource.Reported).SelectMany(call => new[]
            {
                (Series(call, ("gen_ai.token.type", "input")), (double)call.Tokens.Input),
                (Series(call, ("gen_ai.token.type", "output")), call.Operation == "embeddings" ? double.NaN : call.Tokens.Output),
            }).Where(expected => !double.IsNaN(expected.Item2)));
    }

    [Fact]
    public void Counters_are_the_records_sums()
    {
        Counter("llm_observability.requests", "{request}", Calls.Select(call => (Series(call, ("llm_observability.outcome", call.Outcome.ToName())), 1.0)));
        Counter("llm_observability.cost", "{USD}", Calls.Where(call => call.Cost is not null).SelectMany(call => new[]
        {
            (Series(call, ("llm_observability.cost.part", "input")), (double)LlmCost.ToUsd(call.Cost!.Value.InputNanos)),
            (Series(call, ("llm_observability.cost.part", "cached_input")), (double)LlmCost.ToUsd(call.Cost.Value.CachedInputNanos)),
            (Series(call, ("llm_observability.cost.part", "output")), (double)LlmCost.ToUsd(call.Cost.Value.OutputNanos)),
            (Series(call, ("llm_observability.cost.part", "fees")), (double)LlmCost.ToUsd(call.Cost.Value.FeesNanos)),
        }));
        Counter("llm_observability.tokens", "{token}", Calls.SelectMany(call => new[]
        {
            (Series(call, ("gen_ai.token.type", "input")), (double)(call.Tokens.UncachedInput + (call.Tokens.Detail is { } rare ? rare.AudioInput + rare.ImageInput : 0))),
            (Series(call, ("gen_ai.token.type", "cache_read")), call.Tokens.CacheRead + (call.Tokens.Detail?.AudioCacheRead ?? 0)),
            (Series(call, ("gen_ai.token.type", "cache_write")), call.Tokens.CacheWrite5m + call.Tokens.CacheWrite1h),
            (Series(call, ("gen_ai.token.type", "output")), call.Tokens.VisibleOutput + (call.Tokens.Detail?.AudioOutput ?? 0)),
            (Series(call, ("gen_ai.token.type", "reasoning")), call.Tokens.Reasoning),
        }));
        Calls.Sum(call => call.Cost?.TotalNanos ?? 0).ShouldBeGreaterThan(0);
        Metric("llm_observability.pipeline.records.written").Points.Sum(point => point.Value).ShouldBe(Calls.Count());
    }

    [Fact]
    public void Points_of_histograms_lead_to_the_spans_of_calls()
    {
        var byDuration = Calls.ToDictionary(call => (call.TraceId!, call.SpanId!), call => call.Duration.TotalSeconds);
        var durations = Metric("gen_ai.client.operation.duration").Points;
        foreach (var point in durations)
        {
            point.Exemplars.ShouldNotBeEmpty();
            foreach (var exemplar in point.Exemplars)
            {
                byDuration.ShouldContainKey((exemplar.TraceId, exemplar.SpanId));
                exemplar.Value.ShouldBe(byDuration[(exemplar.TraceId, exemplar.SpanId)]);
            }
        }

        foreach (var name in new[] { "gen_ai.client.token.usage", "gen_ai.client.operation.time_to_first_chunk" })
        {
            Metric(name).Points.SelectMany(point => point.Exemplars).Select(exemplar => (exemplar.TraceId, exemplar.SpanId))
                .ShouldBeSubsetOf(byDuration.Keys, name);
            Metric(name).Points.ShouldAllBe(point => point.Exemplars.Count > 0, name);
        }
    }

    [Fact]
    public void Each_call_is_one_log_record_with_its_trace_and_span()
    {
        var logs = run.Received.Logs.Where(log => log.Scope.Name == "LlmObservability.Calls").ToList();
        logs.Count.ShouldBe(run.Calls.Count);
        foreach (var (kind, detail) in run.Calls)
        {
            var call = detail.Call;
            var log = logs.Single(log => call.Id.ToString().Equals(log.Attributes["llm_observability.call.id"]));
            log.TraceId.ShouldBe(call.TraceId, kind);
            log.Attributes["trace_id"].ShouldBe(call.TraceId, kind);
            log.Attributes["span_id"].ShouldBe(call.SpanId ?? call.ParentSpanId, kind);
            // The SDK's own field is what is current when the call has ended.
            log.SpanId.ShouldBe(call.ParentSpanId, kind);
            log.Severity.ShouldBe(9, kind);
            log.Attributes["gen_ai.operation.name"].ShouldBe(call.Operation);
            log.Attributes["llm_observability.outcome"].ShouldBe(call.Outcome.ToName());
            log.Attributes["llm_observability.duration"].ShouldBe(call.Duration.TotalSeconds);
            log.Attributes.GetValueOrDefault("gen_ai.usage.cost").ShouldBe(call.Cost is { } cost ? (double)cost.TotalUsd : null);
            log.Attributes.GetValueOrDefault("gen_ai.usage.input_tokens").ShouldBe(call.Tokens.Source == LlmUsageSource.Missing ? null : call.Tokens.Input);
            log.Attributes.Keys.Where(key => key != "{OriginalFormat}" && !key.StartsWith("llm_observability.tag.", StringComparison.Ordinal))
                .ShouldBeSubsetOf(DocumentedKeys.OfLogEvents);
        }
    }

    [Fact]
    public void Nothing_that_was_sent_is_content()
    {
        run.Received.Spans.ShouldNotContain(span => span.ToString().Contains(CallScenario.Secret, StringComparison.Ordinal));
        run.Received.Logs.ShouldNotContain(log => log.ToString().Contains(CallScenario.Secret, StringComparison.Ordinal));
        run.Received.Metrics.ShouldNotContain(metric => metric.ToString().Contains(CallScenario.Secret, StringComparison.Ordinal));
        run.Received.Spans.SelectMany(span => span.Attributes.Values).ShouldNotContain("alice");
    }

    private ReceivedSpan SpanOf(string? spanId) => run.Received.Spans.Where(span => span.SpanId == spanId).ShouldHaveSingleItem();

    // The last that came: they are cumulative.
    private ReceivedMetric Metric(string name) => run.Received.Metrics.Last(metric => metric.Name == name);

    private void Histogram(string name, string unit, double[] bounds, IEnumerable<(string Series, double Value)> expected)
    {
        var metric = Metric(name);
        (metric.Type, metric.Unit, metric.Temporality).ShouldBe(("histogram", unit, 2), name);
        var points = metric.Points.ToDictionary(point => Series(point.Attributes));
        var groups = expected.GroupBy(value => value.Series, value => value.Value).ToDictionary(group => group.Key);
        points.Keys.ShouldBe(groups.Keys, ignoreOrder: true, name);
        foreach (var (series, values) in groups)
        {
            var point = points[series];
            point.Bounds.ShouldBe(bounds, name);
            point.Count.ShouldBe(values.Count(), name);
            point.Sum.ShouldBe(values.Sum(), 1e-9, name);
            point.Buckets.ShouldBe(Enumerable.Range(0, bounds.Length + 1).Select(bucket => (long)values.Count(value =>
                (bucket == 0 || value > bounds[bucket - 1]) && (bucket == bounds.Length || value <= bounds[bucket]))), name);
        }
    }

    private void Counter(string name, string unit, IEnumerable<(string Series, double Value)> expected)
    {
        var metric = Metric(name);
        (metric.Type, metric.Unit, metric.IsMonotonic, metric.Temporality).ShouldBe(("sum", unit, true, 2), name);
        var points = metric.Points.Where(point => point.Value != 0).ToDictionary(point => Series(point.Attributes), point => point.Value);
        var sums = expected.GroupBy(value => value.Series, value => value.Value).ToDictionary(group => group.Key, group => group.Sum());
        foreach (var (series, sum) in sums.Where(sum => sum.Value != 0))
        {
            points.ShouldContainKey(series);
            points[series].ShouldBe(sum, 1e-12, name + " " + series);
        }

        points.Count.ShouldBe(sums.Count(sum => sum.Value != 0), name);
    }

    private static string Series(LlmCall call, params (string Key, string? Value)[] more) => Series(new[]
    {
        ("gen_ai.operation.name", call.Operation), ("gen_ai.provider.name", call.Provider), ("gen_ai.request.model", call.RequestModel),
        ("gen_ai.response.model", call.ResponseModel), ("server.address", call.ServerAddress), ("server.port", (object?)(long?)call.ServerPort),
    }.Concat(more.Select(pair => (pair.Key, (object?)pair.Value))).Where(pair => pair.Item2 is not null).ToDictionary(pair => pair.Item1, pair => pair.Item2));

    private static string Series(IReadOnlyDictionary<string, object?> attributes) =>
        string.Join(", ", attributes.OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => $"{pair.Key}={pair.Value}"));

    private static void ShouldBeEqual(IReadOnlyDictionary<string, object?> actual, Dictionary<string, object?> expected, string kind)
    {
        actual.Keys.ShouldBe(expected.Keys, ignoreOrder: true, kind);
        foreach (var (key, value) in expected)
        {
            actual[key].ShouldBe(value, $"{kind}: {key}");
            actual[key]!.GetType().ShouldBe(value!.GetType(), $"{kind}: {key}");
        }
    }

    private static long UnixNano(DateTimeOffset time) => (time - DateTimeOffset.UnixEpoch).Ticks * 100;
}

[Collection(TelemetryTests.Name)]
public sealed class ExportOverHttpTests(ExportedOverHttp run) : ExportTests(run), IClassFixture<ExportedOverHttp>;

[Collection(TelemetryTests.Name)]
public sealed class ExportOverGrpcTests(ExportedOverGrpc run) : ExportTests(run), IClassFixture<ExportedOverGrpc>;
