using LlmObservability.Pipeline;
using LlmObservability.Testing;

namespace LlmObservability.Tests.Pipeline;

public sealed class SettlingTests
{
    [Fact]
    public void A_flush_waits_for_what_has_left_the_queue_and_has_no_number_yet()
    {
        var queue = new EnvelopeQueue(10, 10_000, LlmFullPolicy.DropNewest);
        var settling = new Settling(queue);
        queue.Enqueue(new QueuedEnvelope(ScriptedCalls.Create(1)[0], 10, null), static _ => { });
        queue.TryDequeue(out _).ShouldBeTrue();
        var flush = settling.FlushAsync();
        settling.AnswerFlushes(isHolding: true);
        flush.IsCompleted.ShouldBeFalse();
        settling.Number(null);
        settling.AnswerFlushes(isHolding: false);
        flush.IsCompleted.ShouldBeFalse();
        settling.Settle(1);
        settling.AnswerFlushes(isHolding: false);
        flush.IsCompleted.ShouldBeTrue();
    }

    [Fact]
    public void Calls_whose_records_went_ahead_are_let_go_alone()
    {
        var settling = new Settling(new EnvelopeQueue(10, 10_000, LlmFullPolicy.DropNewest));
        var waiters = Enumerable.Range(0, 4).Select(_ => new CommitWaiter()).ToList();
        waiters.ForEach(settling.Number);
        settling.Release(2, 3);
        waiters.Select(waiter => waiter.Task.IsCompleted).ShouldBe([false, true, true, false]);
        settling.Settled.ShouldBe(0);
        settling.Settle(4);
        waiters.ShouldAllBe(waiter => waiter.Task.IsCompleted);
    }
}
