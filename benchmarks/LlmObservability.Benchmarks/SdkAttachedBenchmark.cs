using System.Diagnostics;
using System.Diagnostics.Metrics;
using BenchmarkDotNet.Attributes;
using Microsoft.Extensions.AI;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;

namespace LlmObservability.Benchmarks;

/// <summary>The same with the OpenTelemetry SDK's tracer and meter providers attached, against what spans and metrics alone cost.</summary>
[MemoryDiagnoser]
public class SdkAttachedBenchmark
{
    // Those of the conventions, as a hand-written instrumentation would set them.
    private static readonly KeyValuePair<string, object?>[] Attributes =
    [
        new("gen_ai.operation.name", "chat"), new("gen_ai.provider.name", "openai"), new("gen_ai.request.model", "gpt-4o-mini"),
        new("gen_ai.response.model", "gpt-4o-mini-2024-07-18"), new("server.address", "api.openai.com"), new("server.port", 443),
    ];

    private static readonly KeyValuePair<string, object?>[] SpanAttributes =
    [
        .. Attributes,
        new("gen_ai.response.id", "resp-1"), new("gen_ai.response.finish_reasons", new[] { "stop" }), new("gen_ai.usage.input_tokens", 1000L),
        new("gen_ai.usage.output_tokens", 100L), new("gen_ai.usage.cost", 0.00021), new("tenant", "acme"),
    ];

    private readonly ObservedClients _clients = new();
    private readonly ActivitySource _source = new("Plain");
    private readonly Meter _meter = new("Plain");
    private Histogram<double>[] _histograms = [];
    private TracerProvider _tracer = null!;
    private MeterProvider _metrics = null!;
    private LlmScope _scope = null!;

    [GlobalSetup]
    public void Setup()
    {
        _histograms = [.. Enumerable.Range(0, 3).Select(i => _meter.CreateHistogram<double>($"plain.{i}"))];
        _tracer = Sdk.CreateTracerProviderBuilder().AddSource("Plain").AddSource(LlmTelemetry.ActivitySourceName).Build();
        _metrics = Sdk.CreateMeterProviderBuilder().AddMeter("Plain").AddMeter(LlmTelemetry.MeterName)
            .AddReader(new PeriodicExportingMetricReader(new NoExporter(), 1_000)).Build();
        _scope = LlmScope.Begin(("tenant", "acme"), ("route", "/chat"), ("color", "blue"));
    }

    [GlobalCleanup]
    public async Task Cleanup()
    {
        _scope.Dispose();
        _tracer.Dispose();
        _metrics.Dispose();
        await _clients.DisposeAsync();
    }

    [Benchmark(Baseline = true, Description = "A 12-tag activity and three histogram records")]
    public void Plain()
    {
        using var activity = _source.StartActivity("plain", ActivityKind.Client);
        foreach (var (key, value) in SpanAttributes)
        {
            activity!.SetTag(key, value);
        }

        foreach (var histogram in _histograms)
        {
            histogram.Record(1, Attributes);
        }
    }

    [Benchmark]
    public Task<ChatResponse> Wrapped() => _clients.Wrapped.GetResponseAsync(ObservedClients.Messages);

    [Benchmark]
    public Task<int> BareStream() => ObservedClients.DrainAsync(_clients.Bare);

    [Benchmark]
    public Task<int> WrappedStream() => ObservedClients.DrainAsync(_clients.Wrapped);

    [Benchmark(Description = "BareStream of 500")]
    public Task<int> BareLongStream() => ObservedClients.DrainAsync(_clients.BareLong);

    [Benchmark(Description = "WrappedStream of 500")]
    public Task<int> WrappedLongStream() => ObservedClients.DrainAsync(_clients.WrappedLong);

    private sealed class NoExporter : BaseExporter<Metric>
    {
        public override ExportResult Export(in Batch<Metric> batch) => ExportResult.Success;
    }
}
