using System.Collections.Concurrent;
using System.Diagnostics;
using LlmObservability.OpenTelemetry.Otlp;
using LlmObservability.OpenTelemetry.Tests.Instrumentation;
using LlmObservability.OpenTelemetry.Tests.Otlp;
using LlmObservability.Sinks;
using LlmObservability.Testing;
using OpenTelemetry;
using OpenTelemetry.Trace;

namespace LlmObservability.OpenTelemetry.Tests.Compatibility;

/// <summary>Every kind of call once, with the compatibility asked for: the spans as an exporter gets them, and the records.</summary>
internal sealed class SpanRun
{
    private SpanRun(IReadOnlyList<(string SpanId, IReadOnlyDictionary<string, object?> Attributes)> spans, IReadOnlyDictionary<string, LlmCallEnvelope> calls)
    {
        Spans = [.. spans.Select(span => span.Attributes)];
        Calls = calls;
        All = spans;
    }

    /// <summary>The attributes of all spans; each has a key once.</summary>
    public IReadOnlyList<IReadOnlyDictionary<string, object?>> Spans { get; }

    /// <summary>By kind.</summary>
    public IReadOnlyDictionary<string, LlmCallEnvelope> Calls { get; }

    private IReadOnlyList<(string SpanId, IReadOnlyDictionary<string, object?> Attributes)> All { get; }

    /// <param name="compatibility">What is added for back ends.</param>
    /// <param name="bySink">Whether the spans are those that the sink makes of the records, in place of the live ones.</param>
    public static async Task<SpanRun> MakeAsync(LlmCompatibility compatibility, bool bySink = false)
    {
        var cancel = TestContext.Current.CancellationToken;
        var exporter = new Exporter();
        var sink = new RecordingSink();
        var options = new LlmObservabilityOptions { UserIds = { HashKey = "0123456789abcdef" } };
        options.Telemetry.AddCompatibilityAttributes(compatibility);
        using (var processor = new SimpleActivityExportProcessor(exporter))
        using (Sdk.CreateTracerProviderBuilder().AddLlmObservabilityInstrumentation().AddProcessor(processor).Build())
        await using (var observer = LlmObserver.Create([sink], options))
        {
            foreach (var kind in CallScenario.Kinds)
            {
                await new CallScenario(observer).RunAsync(kind, cancel);
            }
        }

        // One call after the other: they come in order.
        var envelopes = sink.Batches.SelectMany(batch => batch.Envelopes).OfType<LlmCallEnvelope>().ToList();
        envelopes.Count.ShouldBe(CallScenario.Kinds.Count);
        var spans = bySink ? SentSpans(envelopes, compatibility) : [.. exporter.Spans.Select(span => (span.SpanId.ToHexString(), (IReadOnlyDictionary<string, object?>)Attributes(span)))];
        return new SpanRun(spans, CallScenario.Kinds.Zip(envelopes).ToDictionary(pair => pair.First, pair => pair.Second));
    }

    public IReadOnlyDictionary<string, object?> SpanOf(string? spanId) => All.Where(span => span.SpanId == spanId).ShouldHaveSingleItem().Attributes;

    private static IReadOnlyList<(string, IReadOnlyDictionary<string, object?>)> SentSpans(IReadOnlyList<LlmCallEnvelope> envelopes, LlmCompatibility compatibility)
    {
        using var message = new OtlpMessage(OtlpSettings.Of(
            new OtlpLlmOptions { Signal = OtlpSignal.Spans, Compatibility = compatibility }, "otlp", _ => null, application: null));
        message.Write(Sending.Batch(envelopes));
        return [.. new OtlpReceived("", [], message.Body.ToArray()).Records.Select(span => (span.Field("spanId")!, span.Values))];
    }

    private static Dictionary<string, object?> Attributes(Activity span) =>
        span.TagObjects.ToDictionary(tag => tag.Key, tag => tag.Value is Guid id ? id.ToString() : tag.Value is int number ? (long)number : tag.Value, StringComparer.Ordinal);

    private sealed class Exporter : BaseExporter<Activity>
    {
        public ConcurrentQueue<Activity> Spans { get; } = new();

        public override ExportResult Export(in Batch<Activity> batch)
        {
            foreach (var span in batch)
            {
                Spans.Enqueue(span);
            }

            return ExportResult.Success;
        }
    }
}
