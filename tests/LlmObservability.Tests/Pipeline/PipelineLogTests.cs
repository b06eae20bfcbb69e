using LlmObservability.Sinks;
using LlmObservability.Testing;
using LlmObservability.Tests.Chat;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.Logging;

namespace LlmObservability.Tests.Pipeline;

/// <summary>One message for each change of state, however many batches or records it concerns.</summary>
public sealed class PipelineLogTests
{
    [Fact]
    public async Task A_thousand_refused_records_are_two_messages()
    {
        await using var rig = new PipelineRig();
        rig.FailWith(new LlmSinkException(LlmSinkFailure.Poison, "no"));
        await rig.CallAndFlushAsync(1000);
        rig.Log.Entries.ShouldHaveSingleItem().Level.ShouldBe(LogLevel.Error);
        rig.Time.Advance(TimeSpan.FromSeconds(11));
        rig.Log.Events.ShouldBe(["PoisonEnvelope", "PoisonEnded"]);
        rig.Log.Entries[1].Message.ShouldContain("1000 records");
        rig.Time.Advance(TimeSpan.FromSeconds(30));
        rig.Log.Events.Count.ShouldBe(2);

        // A single one later is a state of its own, and has no count to tell.
        await rig.CallAndFlushAsync();
        rig.Time.Advance(TimeSpan.FromSeconds(30));
        rig.Log.Events.ShouldBe(["PoisonEnvelope", "PoisonEnded", "PoisonEnvelope"]);
    }

    [Fact]
    public async Task A_full_queue_is_told_when_it_begins_and_with_its_count_when_it_ends()
    {
        await using var rig = new PipelineRig(o => o.Pipeline.MaxQueueItems = 10);
        await rig.BlockAsync();
        await rig.CallAsync(30);
        rig.Time.Advance(TimeSpan.FromSeconds(5));
        await rig.CallAsync(5);
        rig.Time.Advance(TimeSpan.FromSeconds(60));
        rig.Log.Events.ShouldBe(["QueueFull"]);
        rig.Unblock();
        await rig.FlushAsync();
        rig.Time.Advance(TimeSpan.FromSeconds(1));
        rig.Log.Events.ShouldBe(["QueueFull", "QueueFullEnded"]);
        rig.Log.Entries[1].Message.ShouldContain(" 25 records");
    }

    [Fact]
    public async Task A_state_that_has_not_ended_at_the_stop_tells_its_count_there()
    {
        var rig = new PipelineRig(o => o.Pipeline.MaxQueueItems = 10);
        await rig.BlockAsync();
        await rig.CallAsync(12);
        await rig.DisposeAsync();
        rig.Log.Events.ShouldBe(["QueueFull", "QueueFullEnded"]);
        rig.Log.Entries[1].Message.ShouldContain(" 2 records");
    }

    [Fact]
    public async Task A_failure_and_a_recovery_are_told_once_each()
    {
        await using var rig = new PipelineRig();
        await rig.FailOnceAsync(new LlmSinkException("away"));
        await Eventually.Is(
            () =>
            {
                rig.Time.Advance(PipelineRig.Flush);
                return rig.Statistics.Retries >= 3;
            },
            "it failed again");
        await rig.RecoverAsync();
        rig.Log.Events.ShouldBe(["SinkFailing", "SinkRecovered"]);
    }

    [Fact]
    public async Task Giving_up_is_told_once_over_many_batches()
    {
        await using var rig = new PipelineRig();
        rig.FailWith(new LlmSinkException(LlmSinkFailure.Permanent, "no"));
        for (var i = 0; i < 5; i++)
        {
            await rig.CallAndFlushAsync();
        }

        await rig.FailOnceAsync(new LlmSinkException("away"));
        await rig.RecoverAsync();
        rig.Log.Events.ShouldBe(["SinkGaveUp", "SinkRecovered"]);
    }

    [Fact]
    public async Task A_sink_that_fails_and_then_gives_up_is_told_of_both()
    {
        await using var rig = new PipelineRig();
        await rig.FailOnceAsync(new LlmSinkException("away"));
        rig.FailWith(new LlmSinkException(LlmSinkFailure.Permanent, "no"));
        await Eventually.Is(
            () =>
            {
                rig.Time.Advance(PipelineRig.Flush);
                return rig.Statistics.State == LlmSinkState.GaveUp;
            },
            "it gave up");
        await rig.FlushAsync();
        rig.Log.Events.ShouldBe(["SinkFailing", "SinkGaveUp"]);
    }

    [Fact]
    public async Task What_a_sink_puts_aside_is_told_at_its_first()
    {
        await using var observing = new LoggedSink(batch => new LlmWriteResult(0, 0, [.. Enumerable
            .Range(0, batch.Envelopes.Count).Select(i => new LlmRejection(batch.FirstSequence + i, LlmDropReason.OutsideWindow))]));
        await observing.CallAndFlushAsync(20);
        observing.Log.Events.ShouldBe(["FirstDrop"]);
    }

    [Fact]
    public async Task A_defect_is_told_once()
    {
        await using var observing = new LoggedSink(batch => new LlmWriteResult(0, 0, [new LlmRejection(batch.FirstSequence, (LlmDropReason)99)]));
        await observing.CallAndFlushAsync(20);
        observing.Log.Events.ShouldBe(["RecorderFailed"]);
        observing.Observer.GetStatistics().Dropped.ShouldBe(20);
    }

    [Fact]
    public async Task A_switch_is_told_when_it_changes()
    {
        await using var rig = new PipelineRig(o => o.Sinks["recording"] = new LlmSinkOptions { Enabled = false });
        rig.Observer.SetSinkEnabled("recording", enabled: false);
        rig.Observer.SetSinkEnabled("recording", enabled: true);
        rig.Observer.SetSinkEnabled("recording", enabled: true);
        rig.Log.Events.ShouldBe(["SinkSwitchedOff", "SinkSwitchedOn"]);
    }

    [Fact]
    public async Task What_a_switch_drops_is_not_told_again()
    {
        await using var rig = new PipelineRig();
        await rig.FailOnceAsync(new LlmSinkException("away"));
        rig.Observer.SetSinkEnabled("recording", enabled: false);
        await rig.FlushAsync();
        rig.Log.Events.ShouldBe(["SinkFailing", "SinkSwitchedOff"]);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task What_a_stop_loses_is_told_once_and_a_write_cut_short_is_no_failure_of_the_sink(bool drained)
    {
        var log = new RecordedLog();
        var sink = new RecordingSink { BeforeWrite = (_, token) => Task.Delay(Timeout.Infinite, token) };
        var observer = LlmObserver.Create(
            [sink], new LlmObservabilityOptions { Pipeline = { ShutdownTimeout = TimeSpan.FromMilliseconds(50), MaxBatchItems = 1 } }, null, log);
        using var client = new ScriptedChatClient().WithLlmObservability(observer);
        for (var i = 0; i < 3; i++)
        {
            await client.GetResponseAsync(Observing.Hello, null, TestContext.Current.CancellationToken);
        }

        await Eventually.Is(() => observer.GetStatistics().Sinks.Single().QueuedItems == 2, "one is being written");
        if (drained)
        {
            await observer.DisposeAsync();
        }
        else
        {
            observer.Dispose();
        }

        await Eventually.Is(() => log.Events.Count > 0, "the loss is told");
        log.Entries.ShouldHaveSingleItem().Message.ShouldContain(": 3 records");
        await client.GetResponseAsync(Observing.Hello, null, TestContext.Current.CancellationToken);
        log.Events.ShouldBe(["ShutdownDropped"]);
    }

    [Fact]
    public async Task What_comes_after_a_stop_without_losses_is_told_once()
    {
        await using var rig = new PipelineRig();
        await rig.Observer.StopAsync(TestContext.Current.CancellationToken);
        await rig.CallAsync(3);
        rig.Log.Events.ShouldBe(["FirstDrop"]);
    }

    /// <summary>An observer over a sink that answers as it is told, with its log.</summary>
    private sealed class LoggedSink : ILlmSink, IAsyncDisposable
    {
        private readonly Func<LlmBatch, LlmWriteResult> _answer;

        public LoggedSink(Func<LlmBatch, LlmWriteResult> answer)
        {
            _answer = answer;
            Observer = LlmObserver.Create([this], new LlmObservabilityOptions { Pipeline = { MaxBatchItems = 1 } }, null, Log);
        }

        public string Name => "answering";

        public RecordedLog Log { get; } = new();

        public LlmObserver Observer { get; }

        public async Task CallAndFlushAsync(int count)
        {
            using var client = new ScriptedChatClient().WithLlmObservability(Observer);
            for (var i = 0; i < count; i++)
            {
                await client.GetResponseAsync(Observing.Hello, null, TestContext.Current.CancellationToken);
            }

            await Observer.FlushAsync(TestContext.Current.CancellationToken);
        }

        public ValueTask PrepareAsync(CancellationToken cancellationToken) => default;

        public ValueTask<LlmWriteResult> WriteAsync(LlmBatch batch, CancellationToken cancellationToken) => new(_answer(batch));

        public ValueTask DisposeAsync() => Observer.DisposeAsync();
    }
}
