using System.Buffers;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using BenchmarkDotNet.Attributes;
using LlmObservability.AspNetCore.Metrics;
using LlmObservability.Sinks;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;

namespace LlmObservability.Benchmarks;

/// <summary>A wrapped call without and with somebody who serves its metrics to Prometheus, and a scrape of them.</summary>
[MemoryDiagnoser]
public class MetricsEndpointBenchmark
{
    private readonly List<IDisposable> _disposables = [];
    private readonly List<LlmObserver> _observers = [];
    private readonly ArrayBufferWriter<byte> _body = new(1024 * 1024);
    private IChatClient _off = null!;
    private IChatClient _on = null!;
    private IChatClient _gateway = null!;
    private MetricsCollector _collector = null!;
    private LlmScope _scope = null!;

    [GlobalSetup]
    public void Setup()
    {
        (_off, _) = Observe(null);
        (_on, var collector) = Observe(new LlmMetricsOptions());
        _collector = collector!;
        (_gateway, _) = Observe(new LlmMetricsOptions { GatewayNames = true });
        _scope = LlmScope.Begin(("tenant", "acme"), ("route", "/chat"), ("color", "blue"));
    }

    [GlobalCleanup]
    public async Task Cleanup()
    {
        _scope.Dispose();
        foreach (var observer in _observers)
        {
            await observer.DisposeAsync();
        }

        _disposables.ForEach(disposable => disposable.Dispose());
    }

    [Benchmark(Baseline = true)]
    public Task<ChatResponse> Off() => _off.GetResponseAsync(ObservedClients.Messages);

    [Benchmark]
    public Task<ChatResponse> On() => _on.GetResponseAsync(ObservedClients.Messages);

    [Benchmark]
    public Task<ChatResponse> OnWithGatewayNames() => _gateway.GetResponseAsync(ObservedClients.Messages);

    [Benchmark]
    public int Scrape()
    {
        _body.ResetWrittenCount();
        _collector.Write(new ExpositionWriter(_body, openMetrics: true));
        return _body.WrittenCount;
    }

    private (IChatClient Client, MetricsCollector? Collector) Observe(LlmMetricsOptions? metrics)
    {
        var services = new ServiceCollection().AddMetrics().BuildServiceProvider();
        _disposables.Add(services);
        var meters = services.GetRequiredService<IMeterFactory>();
        var observer = new LlmObserver(
            new LlmObservabilityOptions { Pipeline = { MaxQueueItems = 1_000_000, MaxQueueBytes = 1L << 30 } },
            [new DiscardingSink()], TimeProvider.System, NullLoggerFactory.Instance, meters);
        observer.Start();
        _observers.Add(observer);
        var collector = metrics is null ? null : new MetricsCollector(meters, metrics, NullLogger.Instance);
        if (collector is not null)
        {
            _disposables.Add(collector);
        }

        return (new Waiting(new InstantChatClient(ObservedClients.Updates)).WithLlmObservability(observer), collector);
    }

    /// <summary>Takes two microseconds: a call that takes no time has no tokens per second to record.</summary>
    private sealed class Waiting(IChatClient inner) : DelegatingChatClient(inner)
    {
        private static readonly long Time = Stopwatch.Frequency / 500_000;

        public override Task<ChatResponse> GetResponseAsync(
            IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
        {
            var start = Stopwatch.GetTimestamp();
            while (Stopwatch.GetTimestamp() - start < Time)
            {
            }

            return base.GetResponseAsync(messages, options, cancellationToken);
        }
    }

    private sealed class DiscardingSink : ILlmSink
    {
        public string Name => "discard";

        public ValueTask PrepareAsync(CancellationToken cancellationToken) => default;

        public ValueTask<LlmWriteResult> WriteAsync(LlmBatch batch, CancellationToken cancellationToken) =>
            new(new LlmWriteResult(batch.Envelopes.Count, 0));
    }
}
