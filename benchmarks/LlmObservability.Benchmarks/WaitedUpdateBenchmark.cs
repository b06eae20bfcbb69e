using BenchmarkDotNet.Attributes;
using LlmObservability.Sinks;
using Microsoft.Extensions.AI;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;

namespace LlmObservability.Benchmarks;

/// <summary>One update that is waited for, as updates from a network are: both ends timed, and a chunk of its own where the clock says so.</summary>
[MemoryDiagnoser]
public class WaitedUpdateBenchmark
{
    private readonly WaitedChatClient _bare = new();
    private readonly WaitedChatClient _inner = new();
    private LlmObserver _observer = null!;
    private IAsyncEnumerator<ChatResponseUpdate> _updates = null!;
    private TracerProvider? _tracer;
    private MeterProvider? _meter;

    /// <summary>Whether the SDK listens.</summary>
    [Params(false, true)]
    public bool Sdk { get; set; }

    /// <summary>Whether each update is a chunk: every look at the clock is then a millisecond later, and costs less than a real one.</summary>
    [Params(false, true)]
    public bool Chunks { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        if (Sdk)
        {
            _tracer = OpenTelemetry.Sdk.CreateTracerProviderBuilder().AddSource(LlmTelemetry.ActivitySourceName).Build();
            _meter = OpenTelemetry.Sdk.CreateMeterProviderBuilder().AddMeter(LlmTelemetry.MeterName)
                .AddReader(new BaseExportingMetricReader(new NoExporter())).Build();
        }

        _observer = LlmObserver.Create([new NoSink()], timeProvider: Chunks ? new SteppingTime() : null);
        _updates = _inner.WithLlmObservability(_observer).GetStreamingResponseAsync(ObservedClients.Messages).GetAsyncEnumerator();
    }

    [GlobalCleanup]
    public async Task Cleanup()
    {
        _meter?.Dispose();
        _tracer?.Dispose();
        await _observer.DisposeAsync();
    }

    [Benchmark(Baseline = true)]
    public bool Bare()
    {
        var step = _bare.MoveNextAsync();
        _bare.Next();
        return step.Result;
    }

    [Benchmark]
    public bool Wrapped()
    {
        var step = _updates.MoveNextAsync();
        _inner.Next();
        return step.Result;
    }

    private sealed class SteppingTime : TimeProvider
    {
        private long _now;

        public override long TimestampFrequency => 1_000;

        public override long GetTimestamp() => ++_now;
    }

    private sealed class NoExporter : BaseExporter<Metric>
    {
        public override ExportResult Export(in Batch<Metric> batch) => ExportResult.Success;
    }

    private sealed class NoSink : ILlmSink
    {
        public string Name => "none";

        public ValueTask PrepareAsync(CancellationToken cancellationToken) => default;

        public ValueTask<LlmWriteResult> WriteAsync(LlmBatch batch, CancellationToken cancellationToken) => new(new LlmWriteResult(batch.Envelopes.Count, 0));
    }
}
