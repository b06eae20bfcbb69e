namespace LlmObservability.Pipeline;

/// <summary>Somebody who waits until all that had been let into the queue is settled.</summary>
internal sealed class OpenFlush(long admitted)
{
    private readonly TaskCompletionSource _done = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>How many had been let in.</summary>
    public long Admitted { get; } = admitted;

    /// <summary>The last number among them; 0 until all have left the queue.</summary>
    public long LastSequence { get; set; }

    public Task Task => _done.Task;

    public void Answer() => _done.TrySetResult();
}
