using LlmObservability.Sinks;
using LlmObservability.Testing;
using LlmObservability.Tests.Chat;
using Microsoft.Extensions.AI;

namespace LlmObservability.Tests.Pipeline;

public sealed class PipelineTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Batches_hold_at_most_their_items_and_are_numbered_without_a_gap()
    {
        await using var observing = new Observing(o => o.Pipeline.MaxBatchItems = 7);
        await CallAsync(observing, 100);
        (await observing.CallsAsync()).Count.ShouldBe(100);
        var next = 1L;
        foreach (var batch in observing.Sink.Batches)
        {
            batch.FirstSequence.ShouldBe(next);
            batch.Envelopes.Count.ShouldBeLessThanOrEqualTo(7);
            next = batch.LastSequence + 1;
        }

        observing.Sink.Batches.Select(batch => batch.WriterId).Distinct().ShouldHaveSingleItem();
    }

    [Fact]
    public async Task The_reader_polls_on_the_injected_clock()
    {
        var time = new ManualTimeProvider();
        await using var observing = new Observing(o => o.Pipeline.FlushInterval = TimeSpan.FromMinutes(1), time);
        await CallAsync(observing, 1);
        await observing.Observer.FlushAsync(Token);
        await CallAsync(observing, 1);
        // The wait is shorter than the interval: only the clock's own move can wake the reader in time.
        time.Advance(TimeSpan.FromMinutes(1));
        await Eventually.Is(() => observing.Sink.Calls.Count == 2, "the second call is written");
    }

    [Fact]
    public async Task A_full_batch_is_not_waited_for()
    {
        await using var observing = new Observing(o =>
        {
            o.Pipeline.FlushInterval = TimeSpan.FromSeconds(10);
            o.Pipeline.MaxBatchItems = 5;
        }, new ManualTimeProvider());
        await CallAsync(observing, 5);
        await Eventually.Is(() => observing.Sink.Calls.Count == 5, "the full batch is written though the clock stands still");
    }

    [Theory]
    [InlineData(LlmFullPolicy.DropNewest)]
    [InlineData(LlmFullPolicy.DropOldest)]
    public async Task A_full_queue_drops_by_policy_and_counts(LlmFullPolicy policy)
    {
        await using var observing = new Observing(o =>
        {
            o.Pipeline.MaxQueueItems = 10;
            o.Pipeline.MaxBatchItems = 100;
            o.Pipeline.WhenFull = policy;
        });
        using var gate = new SemaphoreSlim(0);
        observing.Sink.BeforeWrite = (_, token) => gate.WaitAsync(token);
        await CallAsync(observing, 1);
        await Eventually.Is(() => Statistics(observing).QueuedItems == 0, "the first call is being written");
        var ids = new List<Guid>();
        for (var i = 0; i < 15; i++)
        {
            ids.Add((await observing.Client.GetResponseAsync(Observing.Hello, null, Token)).GetLlmCall()!.Id);
        }

        gate.Release(100);
        var written = (await observing.CallsAsync()).Skip(1).Select(call => call.Id).ToList();
        written.ShouldBe(policy == LlmFullPolicy.DropNewest ? ids.Take(10) : ids.Skip(5));
        Statistics(observing).Dropped.ShouldBe(new Dictionary<LlmDropReason, long> { [LlmDropReason.QueueFull] = 5 });
    }

    [Fact]
    public async Task The_queue_is_bounded_by_bytes_too()
    {
        await using var observing = new Observing(o =>
        {
            o.Pipeline.MaxQueueBytes = 64 * 1024;
            o.Tags.MaxValueLength = 4096;
        });
        using var gate = new SemaphoreSlim(0);
        observing.Sink.BeforeWrite = (_, token) => gate.WaitAsync(token);
        using (LlmScope.Begin(("big", new string('x', 4096))))
        {
            await CallAsync(observing, 50);
        }

        Statistics(observing).QueuedBytes.ShouldBeLessThanOrEqualTo(64 * 1024);
        Statistics(observing).Dropped[LlmDropReason.QueueFull].ShouldBeGreaterThan(30);
        gate.Release(100);
        await observing.Observer.FlushAsync(Token);
        (Statistics(observing).Written + Statistics(observing).Dropped[LlmDropReason.QueueFull]).ShouldBe(50);
    }

    [Fact]
    public async Task A_failing_sink_is_retried_with_the_same_numbers_until_it_takes_the_batch()
    {
        await using var observing = new Observing(o => o.Pipeline.RetryDelay = TimeSpan.FromMilliseconds(1));
        var seen = new List<(long, long)>();
        observing.Sink.BeforeWrite = (batch, _) =>
        {
            seen.Add((batch.FirstSequence, batch.LastSequence));
            return seen.Count < 4 ? throw new LlmSinkException("away") : Task.CompletedTask;
        };
        await CallAsync(observing, 3);
        (await observing.CallsAsync()).Count.ShouldBe(3);
        seen.Take(4).Distinct().ShouldHaveSingleItem();
        Statistics(observing).Retries.ShouldBe(3);
        Statistics(observing).Dropped.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_poisoned_envelope_is_bisected_out_and_the_rest_written()
    {
        await using var observing = new Observing(o => o.Pipeline.FlushInterval = TimeSpan.FromSeconds(30));
        var poisoned = Guid.Empty;
        using var known = new SemaphoreSlim(0);
        observing.Sink.BeforeWrite = async (batch, token) =>
        {
            await known.WaitAsync(token);
            known.Release();
            await Refuse(batch);
        };
        Task Refuse(LlmBatch batch) => batch.Envelopes.Any(envelope => envelope.CallId == poisoned)
            ? throw new LlmSinkException(LlmSinkFailure.Poison, "no")
            : Task.CompletedTask;
        await observing.Observer.FlushAsync(Token);
        for (var i = 0; i < 20; i++)
        {
            var response = await observing.Client.GetResponseAsync(Observing.Hello, null, Token);
            poisoned = i == 13 ? response.GetLlmCall()!.Id : poisoned;
        }

        known.Release();
        (await observing.CallsAsync()).Count.ShouldBe(19);
        observing.Sink.Calls.ShouldNotContain(call => call.Id == poisoned);
        Statistics(observing).Dropped.ShouldBe(new Dictionary<LlmDropReason, long> { [LlmDropReason.Poison] = 1 });
    }

    [Fact]
    public async Task A_permanent_failure_drops_its_batch_and_counts_it()
    {
        await using var observing = new Observing();
        observing.Sink.BeforeWrite = (_, _) => throw new LlmSinkException(LlmSinkFailure.Permanent, "no");
        await CallAsync(observing, 3);
        await observing.Observer.FlushAsync(Token);
        Statistics(observing).Dropped[LlmDropReason.PermanentFailure].ShouldBe(3);
    }

    [Fact]
    public async Task A_slow_sink_holds_up_no_other_and_a_disabled_one_gets_nothing()
    {
        var (slow, fast, off) = (new RecordingSink("slow"), new RecordingSink("fast"), new RecordingSink("off"));
        using var gate = new SemaphoreSlim(0);
        slow.BeforeWrite = (_, token) => gate.WaitAsync(token);
        var options = new LlmObservabilityOptions { Pipeline = { FlushInterval = TimeSpan.FromMilliseconds(5) }, Sinks = { ["off"] = new LlmSinkOptions { Enabled = false } } };
        await using var observer = LlmObserver.Create([slow, fast, off], options);
        using var client = new ScriptedChatClient().WithLlmObservability(observer);
        await client.GetResponseAsync(Observing.Hello, null, Token);
        await Eventually.Is(() => fast.Calls.Count == 1, "the fast sink has the call");
        slow.Calls.ShouldBeEmpty();
        gate.Release(10);
        await observer.FlushAsync(Token);
        slow.Calls.Count.ShouldBe(1);
        off.Calls.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_write_that_hangs_is_bounded_by_the_wall_clock_and_retried()
    {
        await using var observing = new Observing(o =>
        {
            o.Pipeline.WriteTimeout = TimeSpan.FromSeconds(1);
            o.Pipeline.RetryDelay = TimeSpan.FromMilliseconds(1);
        });
        var hung = new TaskCompletionSource();
        var writes = 0;
        // Ignores its token, as a socket in a black hole does.
        observing.Sink.BeforeWrite = (_, _) => ++writes == 1 ? hung.Task : Task.CompletedTask;
        await CallAsync(observing, 1);
        (await observing.CallsAsync()).Count.ShouldBe(1);
        hung.SetException(new IOException("late"));
    }

    [Fact]
    public async Task Committed_calls_return_after_the_commit_and_a_stream_ends_after_it()
    {
        await using var observing = new Observing(o => o.Pipeline.Acknowledgement = LlmAcknowledgement.Committed);
        await observing.Client.GetResponseAsync(Observing.Hello, null, Token);
        observing.Sink.Calls.Count.ShouldBe(1);
        await foreach (var _ in observing.Client.GetStreamingResponseAsync(Observing.Hello, null, Token))
        {
        }

        observing.Sink.Calls.Count.ShouldBe(2);
        observing.Observer.GetStatistics().CommitTimeouts.ShouldBe(0);
    }

    [Fact]
    public async Task A_commit_that_does_not_come_returns_the_response_all_the_same_and_is_counted()
    {
        await using var observing = new Observing(o =>
        {
            o.Pipeline.Acknowledgement = LlmAcknowledgement.Committed;
            o.Pipeline.CommitTimeout = TimeSpan.FromMilliseconds(20);
            o.Pipeline.ShutdownTimeout = TimeSpan.FromMilliseconds(50);
        });
        observing.Sink.BeforeWrite = (_, token) => Task.Delay(Timeout.Infinite, token);
        (await observing.Client.GetResponseAsync(Observing.Hello, null, Token)).Text.ShouldBe("Hello");
        observing.Observer.GetStatistics().CommitTimeouts.ShouldBe(1);
    }

    [Fact]
    public async Task What_comes_in_during_a_write_waits_for_its_batch()
    {
        var time = new ManualTimeProvider();
        await using var observing = new Observing(o => o.Pipeline.FlushInterval = TimeSpan.FromSeconds(1), time);
        using var gate = new SemaphoreSlim(0);
        observing.Sink.BeforeWrite = (_, token) => gate.WaitAsync(token);
        await CallAsync(observing, 1);
        time.Advance(TimeSpan.FromSeconds(1));
        await Eventually.Is(() => Statistics(observing).QueuedItems == 0, "the first call is being written");
        await CallAsync(observing, 10);
        gate.Release();
        await Eventually.Is(() => observing.Sink.Batches.Count == 1, "the first batch is written");
        await CallAsync(observing, 10);
        gate.Release(10);
        time.Advance(TimeSpan.FromSeconds(1));
        await Eventually.Is(() => observing.Sink.Calls.Count == 21, "all are written");
        observing.Sink.Batches.Count.ShouldBeLessThanOrEqualTo(3);
    }

    [Fact]
    public async Task A_disabled_sink_is_not_prepared_and_holds_up_no_flush()
    {
        var prepared = 0;
        var off = new RecordingSink("off") { OnPrepare = _ => throw new InvalidOperationException($"prepared {++prepared}") };
        var options = new LlmObservabilityOptions { Sinks = { ["off"] = new LlmSinkOptions { Enabled = false } } };
        await using var observer = LlmObserver.Create([off], options);
        using var client = new ScriptedChatClient().WithLlmObservability(observer);
        await client.GetResponseAsync(Observing.Hello, null, Token);
        await observer.FlushAsync(Token);
        prepared.ShouldBe(0);

        off.OnPrepare = _ => Task.CompletedTask;
        observer.SetSinkEnabled("OFF", enabled: true);
        await client.GetResponseAsync(Observing.Hello, null, Token);
        await observer.FlushAsync(Token);
        off.Calls.Count.ShouldBe(1);
    }

    [Fact]
    public async Task A_sink_switched_off_while_it_fails_drops_what_waits_and_counts_it()
    {
        await using var observing = new Observing(o => o.Pipeline.RetryDelay = TimeSpan.FromSeconds(30));
        observing.Sink.BeforeWrite = (_, _) => throw new LlmSinkException("away");
        await CallAsync(observing, 3);
        await Eventually.Is(() => Statistics(observing).Retries > 0, "a write failed");
        observing.Observer.SetSinkEnabled("recording", enabled: false);
        await observing.Observer.FlushAsync(Token);
        Statistics(observing).Dropped.ShouldBe(new Dictionary<LlmDropReason, long> { [LlmDropReason.SinkDisabled] = 3 });
    }

    [Fact]
    public async Task A_sink_that_blocks_its_thread_or_throws_when_cancelled_is_bounded_and_loses_nothing()
    {
        await using var observing = new Observing(o =>
        {
            o.Pipeline.WriteTimeout = TimeSpan.FromSeconds(1);
            o.Pipeline.RetryDelay = TimeSpan.FromMilliseconds(1);
        });
        using var blocked = new ManualResetEventSlim();
        var writes = 0;
        observing.Sink.BeforeWrite = (_, token) =>
        {
            if (++writes == 1)
            {
                token.Register(() => throw new InvalidOperationException("cancelled badly"));
                blocked.Wait(Token);
            }

            return Task.CompletedTask;
        };
        await CallAsync(observing, 1);
        await Eventually.Is(() => observing.Sink.Calls.Count == 1, "the second try wrote it");
        await observing.Observer.FlushAsync(Token);
        blocked.Set();
        (Statistics(observing).Written, Statistics(observing).Retries, observing.Observer.GetStatistics().Dropped).ShouldBe((1, 1, 0));
    }

    [Fact]
    public async Task One_envelope_larger_than_the_queue_evicts_no_other()
    {
        using var gate = new SemaphoreSlim(0);
        await using var observing = new Observing(o =>
        {
            o.Pipeline.MaxQueueBytes = 64 * 1024;
            o.Pipeline.WhenFull = LlmFullPolicy.DropOldest;
            o.Tags.MaxValueLength = 4096;
        });
        observing.Sink.BeforeWrite = (_, token) => gate.WaitAsync(token);
        await CallAsync(observing, 1);
        await Eventually.Is(() => Statistics(observing).QueuedItems == 0, "the first call is being written");
        await CallAsync(observing, 5);
        using (LlmScope.Begin(Enumerable.Range(0, 32).Select(i => KeyValuePair.Create($"k{i}", (string?)new string('x', 4096)))))
        {
            await CallAsync(observing, 1);
        }

        Statistics(observing).QueuedItems.ShouldBe(5);
        gate.Release(10);
    }

    [Fact]
    public async Task Synchronous_disposal_ends_retries_and_counts_what_was_not_written()
    {
        var observing = new Observing(o => o.Pipeline.RetryDelay = TimeSpan.FromSeconds(30));
        observing.Sink.BeforeWrite = (_, _) => throw new LlmSinkException("away");
        await CallAsync(observing, 3);
        await Eventually.Is(() => Statistics(observing).Retries > 0, "a write failed");
        observing.Observer.Dispose();
        await Eventually.Is(() => observing.Observer.GetStatistics().Dropped == 3, "all are counted");
    }

    [Fact]
    public async Task Disposal_writes_what_waits()
    {
        var observing = new Observing(o => o.Pipeline.FlushInterval = TimeSpan.FromMinutes(1));
        await CallAsync(observing, 500);
        await observing.DisposeAsync();
        observing.Sink.Calls.Count.ShouldBe(500);
    }

    [Fact]
    public async Task Disposal_keeps_its_budget_and_counts_what_it_could_not_write()
    {
        var observing = new Observing(o => o.Pipeline.ShutdownTimeout = TimeSpan.FromMilliseconds(100));
        observing.Sink.BeforeWrite = (_, _) => throw new LlmSinkException("away");
        await CallAsync(observing, 50);
        await observing.DisposeAsync();
        await CallAsync(observing, 5);
        Statistics(observing).Dropped.ShouldBe(new Dictionary<LlmDropReason, long> { [LlmDropReason.Shutdown] = 55 });
    }

    [Fact]
    public async Task A_sink_that_cannot_be_prepared_is_prepared_later_and_loses_nothing()
    {
        await using var observing = new Observing(o => o.Pipeline.RetryDelay = TimeSpan.FromMilliseconds(1));
        var tries = 0;
        observing.Sink.OnPrepare = _ => ++tries < 5 ? throw new LlmSinkException("down") : Task.CompletedTask;
        await CallAsync(observing, 10);
        (await observing.CallsAsync()).Count.ShouldBe(10);
    }

    [Fact]
    public async Task A_flush_ends_while_calls_keep_coming()
    {
        await using var observing = new Observing();
        using var stop = new CancellationTokenSource();
        var load = Task.Run(async () =>
        {
            while (!stop.IsCancellationRequested)
            {
                await CallAsync(observing, 1);
            }
        }, Token);
        await Eventually.Is(() => observing.Sink.Calls.Count > 100, "the load runs");
        await observing.Observer.FlushAsync(Token).WaitAsync(Eventually.Bound, Token);
        await stop.CancelAsync();
        await load;
    }

    [Fact]
    public async Task The_worker_does_not_carry_the_ambient_state_of_the_call_that_started_it()
    {
        var sink = new RecordingSink();
        var ambient = new AsyncLocal<string?>();
        string? seen = "unset";
        sink.BeforeWrite = (_, _) =>
        {
            seen = ambient.Value;
            return Task.CompletedTask;
        };
        ambient.Value = "a request's";
        await using var observer = LlmObserver.Create([sink]);
        using var client = new ScriptedChatClient().WithLlmObservability(observer);
        await client.GetResponseAsync(Observing.Hello, null, Token);
        await observer.FlushAsync(Token);
        seen.ShouldBeNull();
    }

    private static LlmSinkStatistics Statistics(Observing observing) => observing.Observer.GetStatistics().Sinks.Single();

    private static async Task CallAsync(Observing observing, int count)
    {
        for (var i = 0; i < count; i++)
        {
            await observing.Client.GetResponseAsync(Observing.Hello, null, Token);
        }
    }
}
