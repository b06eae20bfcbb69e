using System.Collections.Concurrent;
using System.Diagnostics;
using LlmObservability.OpenTelemetry.Tests.Instrumentation;
using LlmObservability.Sinks;
using LlmObservability.Testing;
using OpenTelemetry;
using OpenTelemetry.Trace;

namespace LlmObservability.OpenTelemetry.Tests.Compatibility;

/// <summary>Every kind of call once, with the compatibility asked for: the spans as an exporter gets them, and the records.</summary>
internal sealed class SpanRun
{
    private SpanRun(IReadOnlyList<Activity> spans, IReadOnlyDictionary<string, LlmCallEnvelope> calls)
    {
        Spans = [.. spans.Select(Attributes)];
        Calls = calls;
        All = [.. spans.Select(span => (span.SpanId.ToHexString(), Attributes(span)))];
    }

    /// <summary>The attributes of all spans; each has a key once.</summary>
    public IReadOnlyList<IReadOnlyDictionary<string, object?>> Spans { get; }

    /// <summary>By kind.</summary>
    public IReadOnlyDictionary<string, LlmCallEnvelope> Calls { get; }

    private IReadOnlyList<(string SpanId, IReadOnlyDictionary<string, object?> Attributes)> All { get; }

    public static async Task<SpanRun> MakeAsync(LlmCompatibility compatibility)
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
        return new SpanRun([.. exporter.Spans], CallScenario.Kinds.Zip(envelopes).ToDictionary(pair => pair.First, pair => pair.Second));
    }

    public IReadOnlyDictionary<string, object?> SpanOf(string? spanId) => All.Where(span => span.SpanId == spanId).ShouldHaveSingleItem().Attributes;

    private static Dictionary<string, object?> Attributes(Activity span) =>
        span.TagObjects.ToDictionary(tag => tag.Key, tag => tag.Value is Guid id ? id.ToString() : tag.Value, StringComparer.Ordinal);

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
