using System.Diagnostics.Metrics;
using LlmObservability.Sinks;
using LlmObservability.Testing;
using LlmObservability.Tests.Chat;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;

namespace LlmObservability.Tests.Pipeline;

public sealed class PipelineMeterTests
{
    private const string Prefix = "llm_observability.pipeline.";
    private const string Tag = "{llm_observability.sink=recording}";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_instruments_are_those_that_the_document_lists()
    {
        await using var rig = new PipelineRig();
        var document = await File.ReadAllTextAsync(Path.Combine(AppContext.BaseDirectory, "Docs", "pipeline.md"), Token);
        rig.Observer.PipelineMeter.Name.ShouldBe("LlmObservability.Pipeline");
        rig.Meter.Instruments.Count.ShouldBe(17);
        foreach (var instrument in rig.Meter.Instruments)
        {
            var kind = instrument.GetType().Name switch
            {
                "Histogram`1" => "histogram",
                "ObservableCounter`1" => "counter",
                "ObservableUpDownCounter`1" => "up-down counter",
                "ObservableGauge`1" => "gauge",
                var other => other,
            };
            document.ShouldContain($"| `{instrument.Name}` | {kind} | `{instrument.Unit}` |");
            instrument.Description.ShouldNotBeNullOrEmpty();
        }

        document.Split('\n').Count(line => line.StartsWith($"| `{Prefix}", StringComparison.Ordinal)).ShouldBe(17);
    }

    [Fact]
    public async Task Histograms_advise_buckets_that_fit_their_range()
    {
        await using var rig = new PipelineRig();
        var batch = rig.Meter.Instruments.OfType<Histogram<long>>().Single().Advice!.HistogramBucketBoundaries!;
        (batch[0], batch[^1]).ShouldBe((1, 100_000));
        var flush = rig.Meter.Instruments.OfType<Histogram<double>>().Single().Advice!.HistogramBucketBoundaries!;
        (flush[0], flush[^1]).ShouldBe((0.001, 1_800));
    }

    [Fact]
    public async Task What_is_written_is_counted_with_its_sink()
    {
        await using var rig = new PipelineRig(o => o.Pipeline.MaxBatchItems = 2);
        await rig.CallAndFlushAsync(5);
        var observed = rig.Meter.Observe();
        observed[$"{Prefix}records.accepted{Tag}"].ShouldBe(5);
        observed[$"{Prefix}records.written{Tag}"].ShouldBe(5);
        observed[$"{Prefix}records.already_written{Tag}"].ShouldBe(0);
        observed[$"{Prefix}queue.records{Tag}"].ShouldBe(0);
        observed[$"{Prefix}queue.bytes{Tag}"].ShouldBe(0);
        observed[$"{Prefix}retries{Tag}"].ShouldBe(0);
        observed[$"{Prefix}oldest.age{Tag}"].ShouldBe(0);
        var batches = rig.Meter.Recorded($"{Prefix}batch.records{Tag}");
        batches.Sum().ShouldBe(5);
        batches.ShouldBe(rig.Sink.Batches.Select(batch => (double)batch.Envelopes.Count));
        rig.Meter.Recorded($"{Prefix}flush.duration{Tag}").Count.ShouldBe(batches.Count);
    }

    [Fact]
    public async Task What_waits_is_seen_in_records_bytes_and_age()
    {
        await using var rig = new PipelineRig();
        await rig.BlockAsync();
        await rig.CallAsync(3);
        var observed = rig.Meter.Observe();
        observed[$"{Prefix}queue.records{Tag}"].ShouldBe(3);
        observed[$"{Prefix}queue.bytes{Tag}"].ShouldBe(rig.Statistics.QueuedBytes);
        rig.Statistics.QueuedBytes.ShouldBeGreaterThan(0);

        rig.Time.Advance(TimeSpan.FromSeconds(90));
        rig.Meter.Observe()[$"{Prefix}oldest.age{Tag}"].ShouldBe(90, "the one being written; the flush interval before is rounded away");
        rig.Statistics.OldestAge.ShouldBe(TimeSpan.FromSeconds(90));
        rig.Unblock();
        await rig.FlushAsync();
        rig.Meter.Observe()[$"{Prefix}oldest.age{Tag}"].ShouldBe(0);
    }

    [Fact]
    public async Task A_flush_lasts_from_its_first_attempt_to_its_commit()
    {
        await using var rig = new PipelineRig();
        var writes = 0;
        rig.Sink.BeforeWrite = (_, _) =>
        {
            rig.Time.Advance(TimeSpan.FromSeconds(3));
            return ++writes == 1 ? throw new LlmSinkException("away") : Task.CompletedTask;
        };
        await rig.CallAsync();
        rig.Time.Advance(PipelineRig.Flush);
        await Eventually.Is(
            () =>
            {
                rig.Time.Advance(PipelineRig.Flush);
                return rig.Sink.Calls.Count == 1;
            },
            "the retry wrote it");
        await rig.FlushAsync();
        // Two attempts of 3 s and a pause of at least half a minute.
        rig.Meter.Recorded($"{Prefix}flush.duration{Tag}").ShouldHaveSingleItem().ShouldBeGreaterThan(36);
        rig.Meter.Observe()[$"{Prefix}retries{Tag}"].ShouldBe(1);
        rig.Statistics.LastFlush.ShouldNotBeNull().ShouldBeGreaterThan(TimeSpan.FromSeconds(36));
        rig.Statistics.MeanFlush.ShouldBe(rig.Statistics.LastFlush);
    }

    [Fact]
    public async Task Only_a_commit_is_a_flush()
    {
        await using var rig = new PipelineRig();
        rig.FailWith(new LlmSinkException(LlmSinkFailure.Permanent, "no"));
        await rig.CallAndFlushAsync();
        rig.Meter.Recorded($"{Prefix}batch.records{Tag}").ShouldBe([1]);
        rig.Meter.Recorded($"{Prefix}flush.duration{Tag}").ShouldBeEmpty();
        (rig.Statistics.LastFlush, rig.Statistics.MeanFlush).ShouldBe((null, null));
    }

    [Fact]
    public async Task What_was_written_before_is_counted_apart()
    {
        var sink = new AnsweringSink(batch => new LlmWriteResult(0, batch.Envelopes.Count));
        await using var observer = LlmObserver.Create([sink]);
        using var client = new ScriptedChatClient().WithLlmObservability(observer);
        using var meter = new MeterReader(observer.PipelineMeter);
        await client.GetResponseAsync(Observing.Hello, null, Token);
        await observer.FlushAsync(Token);
        meter.Observe()[$"{Prefix}records.already_written{{llm_observability.sink=answering}}"].ShouldBe(1);
        meter.Observe()[$"{Prefix}records.written{{llm_observability.sink=answering}}"].ShouldBe(0);
    }

    public static TheoryData<LlmDropReason> Reasons => [.. Enum.GetValues<LlmDropReason>()];

    [Theory]
    [MemberData(nameof(Reasons))]
    public async Task Each_drop_is_counted_under_its_reason(LlmDropReason reason)
    {
        var rejected = reason switch
        {
            LlmDropReason.OutsideWindow or LlmDropReason.SpoolFull or LlmDropReason.Expired or LlmDropReason.Unreadable
                or LlmDropReason.Unsupported => reason,
            // A reason that does not exist is a defect of the sink, and trips the recorder.
            LlmDropReason.RecorderError => (LlmDropReason)99,
            _ => (LlmDropReason?)null,
        };
        using var gate = new SemaphoreSlim(0);
        var sink = new AnsweringSink(batch => reason switch
        {
            LlmDropReason.Poison => throw new LlmSinkException(LlmSinkFailure.Poison, "no"),
            LlmDropReason.PermanentFailure => throw new LlmSinkException(LlmSinkFailure.Permanent, "no"),
            _ => new LlmWriteResult(0, 0, rejected is { } given ? [new LlmRejection(batch.FirstSequence, given)] : []),
        });
        if (reason is LlmDropReason.QueueFull or LlmDropReason.SinkDisabled or LlmDropReason.Shutdown)
        {
            sink.OnPrepare = token => gate.WaitAsync(token);
        }

        var options = new LlmObservabilityOptions { Pipeline = { MaxQueueItems = 1, ShutdownTimeout = TimeSpan.Zero } };
        var observer = LlmObserver.Create([sink], options);
        using var client = new ScriptedChatClient().WithLlmObservability(observer);
        using var meter = new MeterReader(observer.PipelineMeter);
        await client.GetResponseAsync(Observing.Hello, null, Token);
        if (reason == LlmDropReason.QueueFull)
        {
            await client.GetResponseAsync(Observing.Hello, null, Token);
        }

        var word = string.Concat(reason.ToString().Select((letter, i) => i > 0 && char.IsUpper(letter) ? $"_{letter}" : $"{letter}")).ToLowerInvariant();
        if (reason == LlmDropReason.SinkDisabled)
        {
            observer.SetSinkEnabled("answering", enabled: false);
            gate.Release(10);
        }

        if (reason == LlmDropReason.Shutdown)
        {
            // Its meter ends with the observer, so what is left is read from the same counters.
            await observer.DisposeAsync();
            observer.GetStatistics().Sinks.Single().Dropped.ShouldBe(new Dictionary<LlmDropReason, long> { [reason] = 1 });
            meter.Observe().ShouldBeEmpty();
            return;
        }

        await Eventually.Is(() => observer.GetStatistics().Dropped == 1, "the drop is counted");
        var dropped = meter.Observe().Where(series => series.Key.StartsWith($"{Prefix}records.dropped", StringComparison.Ordinal)).ToDictionary();
        dropped.Count.ShouldBe(Enum.GetValues<LlmDropReason>().Length + 1, "each reason of the sink, and what the recorder lost");
        dropped[$"{Prefix}records.dropped{{llm_observability.drop.reason={word},llm_observability.sink=answering}}"].ShouldBe(1);
        dropped.Values.Sum().ShouldBe(1);
        gate.Release(10);
        await observer.DisposeAsync();
    }

    [Fact]
    public async Task A_call_that_the_recorder_lost_is_a_drop_without_a_sink()
    {
        await using var rig = new PipelineRig();
        rig.Observer.CallLost(new InvalidOperationException());
        rig.Meter.Observe()[$"{Prefix}records.dropped{{llm_observability.drop.reason=recorder_error}}"].ShouldBe(1);
        rig.Observer.GetStatistics().Dropped.ShouldBe(1);
        rig.Observer.GetStatistics().LastCallLostAt.ShouldBe(rig.Time.GetUtcNow());
    }

    [Fact]
    public async Task A_containers_factory_owns_the_meter_and_the_last_figures_outlive_the_observer()
    {
        var services = new ServiceCollection();
        services.AddMetrics();
        services.AddLlmObservability(o => o.Pipeline.ShutdownTimeout = TimeSpan.Zero).AddSink("recording", _ => new RecordingSink { OnPrepare = token => Task.Delay(-1, token) });
        await using var provider = services.BuildServiceProvider();
        var observer = provider.GetRequiredService<LlmObserver>();
        observer.PipelineMeter.ShouldBeSameAs(provider.GetRequiredService<IMeterFactory>().Create(new MeterOptions("LlmObservability.Pipeline") { Version = observer.PipelineMeter.Version }));
        using var meter = new MeterReader(observer.PipelineMeter);
        using var client = new ScriptedChatClient().WithLlmObservability(observer);
        await client.GetResponseAsync(Observing.Hello, null, Token);
        await observer.DisposeAsync();
        meter.Observe()[$"{Prefix}records.dropped{{llm_observability.drop.reason=shutdown,llm_observability.sink=recording}}"].ShouldBe(1);
    }

    [Fact]
    public async Task A_clock_that_fails_loses_no_batch_and_fails_no_collection()
    {
        var clock = new BreakableClock();
        var sink = new RecordingSink();
        await using var observer = LlmObserver.Create([sink], new LlmObservabilityOptions { Pipeline = { RetryDelay = TimeSpan.FromMilliseconds(1) } }, clock);
        using var client = new ScriptedChatClient().WithLlmObservability(observer);
        using var meter = new MeterReader(observer.PipelineMeter);
        var writes = 0;
        sink.BeforeWrite = (_, _) => ++writes < 3 ? throw new LlmSinkException("away") : Task.CompletedTask;
        await client.GetResponseAsync(Observing.Hello, null, Token);
        clock.Broken = true;
        await observer.FlushAsync(Token);
        sink.Calls.Count.ShouldBe(1);
        meter.Observe()[$"{Prefix}records.written{Tag}"].ShouldBe(1);
    }

    private sealed class BreakableClock : TimeProvider
    {
        public bool Broken { get; set; }

        public override DateTimeOffset GetUtcNow() => Broken ? throw new InvalidOperationException("broken") : base.GetUtcNow();

        public override long GetTimestamp() => Broken ? throw new InvalidOperationException("broken") : base.GetTimestamp();
    }

    private sealed class AnsweringSink(Func<LlmBatch, LlmWriteResult> answer) : ILlmSink
    {
        public string Name => "answering";

        public Func<CancellationToken, Task> OnPrepare { get; set; } = _ => Task.CompletedTask;

        public async ValueTask PrepareAsync(CancellationToken cancellationToken) => await OnPrepare(cancellationToken);

        public ValueTask<LlmWriteResult> WriteAsync(LlmBatch batch, CancellationToken cancellationToken) => new(answer(batch));
    }
}
