using LlmObservability.Sinks;
using LlmObservability.Testing;
using LlmObservability.Tests.Chat;
using Microsoft.Extensions.AI;

namespace LlmObservability.Tests.Pipeline;

/// <summary>Calls that wait for room in a full queue.</summary>
public sealed class FullQueueTests
{
    private static readonly TimeSpan LongestWait = TimeSpan.FromMinutes(1);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_call_waits_for_room_and_none_is_lost()
    {
        await using var observing = Waiting(LongestWait, out var gate);
        await observing.Client.GetResponseAsync(Observing.Hello, null, Token);
        await Eventually.Is(() => Statistics(observing).QueuedItems == 0, "the first call is being written");
        await observing.Client.GetResponseAsync(Observing.Hello, null, Token);
        await observing.Client.GetResponseAsync(Observing.Hello, null, Token);
        var waiting = Enumerable.Range(0, 20).Select(_ => observing.Client.GetResponseAsync(Observing.Hello, null, Token)).ToList();
        waiting.ShouldAllBe(call => !call.IsCompleted);
        gate.Release(100);
        await Task.WhenAll(waiting).WaitAsync(LongestWait / 2, Token);
        (await observing.CallsAsync()).Count.ShouldBe(23);
        Statistics(observing).Dropped.ShouldBeEmpty();
        Statistics(observing).Accepted.ShouldBe(23);
    }

    [Fact]
    public async Task A_call_waits_no_longer_than_the_bound_and_its_drop_is_counted()
    {
        await using var observing = Waiting(TimeSpan.FromMilliseconds(5), out var gate);
        await observing.Client.GetResponseAsync(Observing.Hello, null, Token);
        await Eventually.Is(() => Statistics(observing).QueuedItems == 0, "the first call is being written");
        for (var i = 0; i < 6; i++)
        {
            await observing.Client.GetResponseAsync(Observing.Hello, null, Token).WaitAsync(Eventually.Bound, Token);
        }

        Statistics(observing).Dropped.ShouldBe(new Dictionary<LlmDropReason, long> { [LlmDropReason.QueueFull] = 4 });
        gate.Release(100);
        (await observing.CallsAsync()).Count.ShouldBe(3);
    }

    [Fact]
    public async Task A_stop_ends_the_wait_and_counts()
    {
        await using var observing = Waiting(LongestWait, out var gate);
        await observing.Client.GetResponseAsync(Observing.Hello, null, Token);
        await Eventually.Is(() => Statistics(observing).QueuedItems == 0, "the first call is being written");
        await observing.Client.GetResponseAsync(Observing.Hello, null, Token);
        await observing.Client.GetResponseAsync(Observing.Hello, null, Token);
        var waiting = observing.Client.GetResponseAsync(Observing.Hello, null, Token);
        waiting.IsCompleted.ShouldBeFalse();
        var stopping = observing.Observer.StopAsync(Token);
        await waiting.WaitAsync(LongestWait / 2, Token);
        gate.Release(100);
        await stopping;
        (observing.Sink.Calls.Count + Statistics(observing).Dropped.Values.Sum()).ShouldBe(4);
    }

    [Fact]
    public async Task A_cancelled_caller_is_let_go_and_its_record_still_waits()
    {
        await using var observing = Waiting(LongestWait, out var gate);
        await observing.Client.GetResponseAsync(Observing.Hello, null, Token);
        await Eventually.Is(() => Statistics(observing).QueuedItems == 0, "the first call is being written");
        await observing.Client.GetResponseAsync(Observing.Hello, null, Token);
        await observing.Client.GetResponseAsync(Observing.Hello, null, Token);
        using var caller = new CancellationTokenSource();
        var waiting = observing.Client.GetResponseAsync(Observing.Hello, null, caller.Token);
        await caller.CancelAsync();
        await waiting.WaitAsync(LongestWait / 2, Token);
        gate.Release(100);
        await Eventually.Is(() => Statistics(observing).Accepted == 4, "it was let in");
        (await observing.CallsAsync()).Count.ShouldBe(4);
    }

    [Fact]
    public async Task Who_waits_for_room_in_one_queue_does_not_wait_for_another_sink()
    {
        var options = new LlmObservabilityOptions
        {
            Pipeline =
            {
                MaxQueueItems = 1,
                MaxBatchItems = 1,
                WhenFull = LlmFullPolicy.Wait,
                MaxFullWait = TimeSpan.FromMilliseconds(5),
                CommitTimeout = TimeSpan.FromMinutes(5),
                FlushInterval = TimeSpan.FromMilliseconds(5),
                ShutdownTimeout = TimeSpan.FromSeconds(1),
            },
        };
        var (full, slow) = (new RecordingSink("full"), new RecordingSink("slow"));
        full.BeforeWrite = (_, token) => Task.Delay(Timeout.Infinite, token);
        await using var observer = LlmObserver.Create([full, slow], options);
        using var client = new ScriptedChatClient().WithLlmObservability(observer);
        for (var i = 1; i <= 2; i++)
        {
            await client.GetResponseAsync(Observing.Hello, null, Token);
            await Eventually.Is(() => slow.Calls.Count == i && observer.GetStatistics().Sinks[0].QueuedItems == i - 1, "one sink has it");
        }

        slow.BeforeWrite = full.BeforeWrite;
        await client.GetResponseAsync(Observing.Hello, null, Token).WaitAsync(Eventually.Bound, Token);
        observer.GetStatistics().CommitTimeouts.ShouldBe(0);
    }

    private static Observing Waiting(TimeSpan bound, out SemaphoreSlim gate)
    {
        var observing = new Observing(o =>
        {
            o.Pipeline.MaxQueueItems = 2;
            o.Pipeline.MaxBatchItems = 1;
            o.Pipeline.WhenFull = LlmFullPolicy.Wait;
            o.Pipeline.MaxFullWait = bound;
            o.Pipeline.CommitTimeout = TimeSpan.FromMinutes(1);
        });
        var opened = new SemaphoreSlim(0);
        observing.Sink.BeforeWrite = (_, token) => opened.WaitAsync(token);
        gate = opened;
        return observing;
    }

    private static LlmSinkStatistics Statistics(Observing observing) => observing.Observer.GetStatistics().Sinks.Single();
}
