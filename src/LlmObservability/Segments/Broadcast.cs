namespace LlmObservability.Segments;

/// <summary>
/// Wakes everybody who waits. Who waits takes the task first and looks then, so that nothing is missed in between.
/// Thread-safe; sends without allocating while nobody waits.
/// </summary>
internal sealed class Broadcast
{
    private readonly object _gate = new();
    private TaskCompletionSource? _waiting;

    public Task Next()
    {
        lock (_gate)
        {
            _waiting ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            return _waiting.Task;
        }
    }

    public void Send()
    {
        TaskCompletionSource? waiting;
        lock (_gate)
        {
            waiting = _waiting;
            _waiting = null;
        }

        waiting?.TrySetResult();
    }
}
