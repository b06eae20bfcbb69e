using LlmObservability.Sinks;
using Microsoft.Extensions.AI;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;

namespace LlmObservability.Tests.Performance;

/// <summary>What a call may allocate. Bytes are exact, on any machine; times are for the benchmarks.</summary>
[Collection(nameof(Alone))]
public sealed class AllocationTests : IAsyncDisposable
{
    private const int MicrosoftsCall = 1_464;

    private readonly PromptClient _bare = new(50);
    private readonly LlmObserver _observer = LlmObserver.Create([new DiscardingSink()]);
    private readonly IChatClient _wrapped;
    private readonly ChatOptions _plain = new();
    private readonly ChatOptions _tagged = new ChatOptions().WithLlmTag("tenant", "acme").WithLlmTag("route", "/chat").WithLlmTag("color", "blue");

    private LlmCallEnvelope? _record;

    public AllocationTests() => _wrapped = _bare.WithLlmObservability(_observer);

    public ValueTask DisposeAsync()
    {
        _wrapped.Dispose();
        _bare.Dispose();
        return _observer.DisposeAsync();
    }

    [Fact]
    public void A_wrapped_call()
    {
        Allocated.By(() => Call(_bare, _plain)).ShouldBe(0);
        Allocated.By(() => Call(_wrapped, _plain)).ShouldBeInRange(1, 700);
    }

    [Fact]
    public void A_nested_client()
    {
        using var nested = new Failover(_bare.WithLlmObservability(_observer)).WithLlmObservability(_observer);
        (Allocated.By(() => Call(nested, _plain)) - Allocated.By(() => Call(_wrapped, _plain))).ShouldBeInRange(1, 250);
    }

    [Fact]
    public void A_wrapped_embedding()
    {
        using var bare = new VectorGenerator();
        using var wrapped = bare.WithLlmObservability(_observer);
        var options = new EmbeddingGenerationOptions { Dimensions = 3 };
        Allocated.By(() => Embed(bare, options)).ShouldBe(0);
        Allocated.By(() => Embed(wrapped, options)).ShouldBeInRange(1, 700);
    }

    [Fact]
    public void Tags_on_the_options()
    {
        var ambient = Allocated.By(() => Call(_wrapped, _plain));
        (Allocated.By(() => Call(_wrapped, _tagged)) - ambient).ShouldBeInRange(1, 600);
    }

    [Fact]
    public void A_wrapped_call_with_the_sdk_attached()
    {
        using var sdk = new Sdk();
        (Allocated.By(() => Call(_wrapped, _plain)) - Record()).ShouldBeInRange(500, MicrosoftsCall);
        sdk.Spans.ShouldBeGreaterThan(0);
    }

    [Fact]
    public void A_stream()
    {
        (Allocated.By(() => PromptClient.Drain(_wrapped)) - Allocated.By(() => PromptClient.Drain(_bare))).ShouldBeInRange(1, 900);
    }

    [Fact]
    public void A_stream_with_the_sdk_attached()
    {
        using var sdk = new Sdk();
        (Allocated.By(() => PromptClient.Drain(_wrapped)) - Allocated.By(() => PromptClient.Drain(_bare))).ShouldBeInRange(500, 2_400);
        sdk.Spans.ShouldBeGreaterThan(0);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void An_update_nothing(bool attached)
    {
        using var sdk = attached ? new Sdk() : null;
        using var longer = new PromptClient(500).WithLlmObservability(_observer);
        Allocated.By(() => PromptClient.Drain(longer)).ShouldBe(Allocated.By(() => PromptClient.Drain(_wrapped)));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void An_update_that_is_waited_for_nothing(bool attached)
    {
        using var sdk = attached ? new Sdk() : null;
        using var inner = new WaitingClient();
        var updates = inner.WithLlmObservability(_observer).GetStreamingResponseAsync(PromptClient.Hello).GetAsyncEnumerator(TestContext.Current.CancellationToken);
        var seen = 0;
        Action next = () =>
        {
            var step = updates.MoveNextAsync();
            inner.Next(more: true);
            seen += step.IsCompletedSuccessfully && step.Result ? 1 : 0;
        };
        Allocated.By(next).ShouldBe(0);
        seen.ShouldBeGreaterThan(1_000);
    }

    [Fact]
    public async Task An_update_that_is_a_chunk_of_its_own_nothing_though_streams_alternate_and_series_are_folded()
    {
        using var sdk = new Sdk();
        var time = new SteppingTime();
        var options = new LlmObservabilityOptions { Telemetry = { MaxMetricSeries = 10 } };
        options.Telemetry.MetricTags.Add("color");
        await using var observer = LlmObserver.Create([new DiscardingSink()], options, time);
        var streams = Enumerable.Range(0, 12).Select(i =>
        {
            using var scope = LlmScope.Begin(("color", $"color {i}"));
            var inner = new WaitingClient();
            return (inner, updates: inner.WithLlmObservability(observer).GetStreamingResponseAsync(PromptClient.Hello).GetAsyncEnumerator());
        }).ToArray();
        Action next = () =>
        {
            foreach (var (inner, updates) in streams)
            {
                _ = updates.MoveNextAsync();
                inner.Next(more: true);
            }
        };
        Allocated.By(next).ShouldBe(0);
        sdk.Chunks().ShouldBeGreaterThan(100_000);
    }

    private static void Call(IChatClient client, ChatOptions options) =>
        client.GetResponseAsync(PromptClient.Hello, options).IsCompletedSuccessfully.ShouldBeTrue();

    private static void Embed(IEmbeddingGenerator<string, Embedding<float>> generator, EmbeddingGenerationOptions options) =>
        generator.GenerateAsync(VectorGenerator.Inputs, options).IsCompletedSuccessfully.ShouldBeTrue();

    // A traced call's, with the ids of its span. Kept: what nobody sees afterwards, the runtime need not allocate.
    private long Record() => Allocated.By(() => _record = new LlmCallEnvelope(new LlmCall
    {
        Id = Guid.Empty,
        StartedAt = default,
        Outcome = LlmOutcome.Completed,
        Trace = new SpanIds("trace", "span", null),
    }));

    private sealed class DiscardingSink : ILlmSink
    {
        public string Name => "discard";

        public ValueTask PrepareAsync(CancellationToken cancellationToken) => default;

        public ValueTask<LlmWriteResult> WriteAsync(LlmBatch batch, CancellationToken cancellationToken) =>
            new(new LlmWriteResult(batch.Envelopes.Count, 0));
    }

    /// <summary>The OpenTelemetry SDK with everything recorded and nothing exported.</summary>
    private sealed class Sdk : IDisposable
    {
        private readonly CountingProcessor _processor = new();
        private readonly CountingExporter _exporter = new();
        private readonly TracerProvider _tracer;
        private readonly MeterProvider _meter;

        public Sdk()
        {
            _tracer = OpenTelemetry.Sdk.CreateTracerProviderBuilder().AddSource(LlmTelemetry.ActivitySourceName).AddProcessor(_processor).Build();
            _meter = OpenTelemetry.Sdk.CreateMeterProviderBuilder().AddMeter(LlmTelemetry.MeterName)
                .AddReader(new BaseExportingMetricReader(_exporter)).Build();
        }

        public int Spans => _processor.Spans;

        /// <summary>How many chunks were recorded, over all series.</summary>
        public long Chunks()
        {
            _meter.ForceFlush();
            return _exporter.Chunks;
        }

        public void Dispose()
        {
            _meter.Dispose();
            _tracer.Dispose();
            _processor.Dispose();
            _exporter.Dispose();
        }
    }

    private sealed class CountingProcessor : BaseProcessor<System.Diagnostics.Activity>
    {
        public int Spans { get; private set; }

        public override void OnEnd(System.Diagnostics.Activity data) => Spans++;
    }

    private sealed class CountingExporter : BaseExporter<Metric>
    {
        public long Chunks { get; private set; }

        public override ExportResult Export(in Batch<Metric> batch)
        {
            Chunks = 0;
            foreach (var metric in batch)
            {
                if (metric.Name != "gen_ai.client.operation.time_per_output_chunk")
                {
                    continue;
                }

                foreach (ref readonly var point in metric.GetMetricPoints())
                {
                    Chunks += point.GetHistogramCount();
                }
            }

            return ExportResult.Success;
        }
    }

    /// <summary>Every look at it is a millisecond later.</summary>
    private sealed class SteppingTime : TimeProvider
    {
        private long _now;

        public override long TimestampFrequency => 1_000;

        public override long GetTimestamp() => Interlocked.Increment(ref _now);
    }

    /// <summary>What stands between two wrappers.</summary>
    private sealed class Failover(IChatClient inner) : DelegatingChatClient(inner);
}
