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
    private static readonly KeyValuePair<string, object?>[] Attributes =
        [.. Enumerable.Range(0, 5).Select(i => new KeyValuePair<string, object?>($"attribute.{i}", $"value {i}"))];

    private static readonly string[] Keys = [.. Enumerable.Range(0, 12).Select(i => $"tag.{i}")];
    private static readonly object[] Values = [.. Keys];

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
        for (var i = 0; i < Keys.Length; i++)
        {
            activity!.SetTag(Keys[i], Values[i]);
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

    private sealed class NoExporter : BaseExporter<Metric>
    {
        public override ExportResult Export(in Batch<Metric> batch) => ExportResult.Success;
    }
}
