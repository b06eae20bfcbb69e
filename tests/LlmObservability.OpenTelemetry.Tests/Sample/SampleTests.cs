using LlmObservability.OpenTelemetry.Tests.Decoding;

namespace LlmObservability.OpenTelemetry.Tests.Sample;

public sealed class SampleTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("http/protobuf")]
    [InlineData("grpc")]
    public async Task It_sends_traces_metrics_and_logs_where_the_standard_variables_say(string protocol)
    {
        await using var receiver = await OtlpReceiver.StartAsync(Cancel);
        await using var sample = await SampleProcess.StartAsync(new Dictionary<string, string>
        {
            ["OTEL_EXPORTER_OTLP_ENDPOINT"] = (protocol == "grpc" ? receiver.Grpc : receiver.Http).ToString(),
            ["OTEL_EXPORTER_OTLP_PROTOCOL"] = protocol,
            ["OTEL_SERVICE_NAME"] = "renamed",
            ["OTEL_RESOURCE_ATTRIBUTES"] = "deployment.environment.name=ci",
            ["Compatibility"] = "Langfuse",
        }, Cancel);

        (await sample.Http.GetStringAsync(new Uri("/ask?question=Why&tenant=acme", UriKind.Relative), Cancel)).ShouldContain("Why");
        // What waits is sent as it ends: metrics would come after a minute.
        await sample.StopAsync(Cancel);

        var received = await receiver.ReceivedAsync(Cancel);
        received.Transports.ShouldBe([protocol]);
        var call = received.Spans.Single(span => span.Name == "chat gpt-4o-mini");
        var inbound = received.Spans.Single(span => span.SpanId == call.ParentSpanId);
        inbound.Scope.Name.ShouldBe("Microsoft.AspNetCore");
        inbound.Name.ShouldBe("GET /ask");
        inbound.Attributes["url.path"].ShouldBe("/ask");
        inbound.Attributes["http.route"].ShouldBe("/ask");
        inbound.Attributes["http.response.status_code"].ShouldBe(200L);
        call.Attributes["llm_observability.tag.tenant"].ShouldBe("acme");
        call.Attributes["langfuse.observation.type"].ShouldBe("generation");
        var id = call.Attributes["llm_observability.call.id"];

        var log = received.Logs.Single(log => log.Attributes.TryGetValue("llm_observability.call.id", out var other) && Equals(other, id));
        log.TraceId.ShouldBe(call.TraceId);
        var durations = received.Metrics.Last(metric => metric.Name == "gen_ai.client.operation.duration");
        durations.Points.Sum(point => point.Count).ShouldBe(1);
        durations.Points.SelectMany(point => point.Exemplars).ShouldContain(exemplar => exemplar.TraceId == call.TraceId && exemplar.SpanId == call.SpanId);
        received.Metrics.Last(metric => metric.Name == "llm_observability.cost").Points.Sum(point => point.Value)
            .ShouldBe((double)call.Attributes["gen_ai.usage.cost"]!, 1e-12);
        received.Metrics.ShouldContain(metric => metric.Name == "http.server.request.duration");
        foreach (var resource in new[] { call.Resource, log.Resource, durations.Resource })
        {
            resource["service.name"].ShouldBe("renamed");
            resource["service.version"].ShouldBe("1.0.0");
            resource["deployment.environment.name"].ShouldBe("ci");
        }
    }
}
