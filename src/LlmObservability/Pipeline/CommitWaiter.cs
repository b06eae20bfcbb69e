namespace LlmObservability.Pipeline;

/// <summary>Lets one call wait until every sink has settled its envelope, written or not.</summary>
internal sealed class CommitWaiter
{
    private readonly TaskCompletionSource _done = new(TaskCreationOptions.RunContinuationsAsynchronously);

    // One more than the sinks asked so far, so that an early answer cannot end it before all were asked.
    private int _open = 1;

    public Task Task => _done.Task;

    /// <summary>Whether there is nothing to wait for because no disk takes records now: what the caller asked for is not had.</summary>
    public bool IsInVain { get; private init; }

    /// <summary>For a call that cannot have its record on disk, and does not wait for that.</summary>
    public static CommitWaiter InVain()
    {
        var waiter = new CommitWaiter { IsInVain = true };
        waiter.Settle();
        return waiter;
    }

    public void Expect() => Interlocked.Increment(ref _open);

    public void Settle()
    {
        if (Interlocked.Decrement(ref _open) == 0)
        {
            _done.TrySetResult();
        }
    }
}
