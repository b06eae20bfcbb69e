namespace LlmObservability.Throughput;

/// <summary>One gate an update, shared by all streams: none goes on before it is opened.</summary>
internal sealed class StreamGate(int updates)
{
    private readonly TaskCompletionSource[] _gates =
        [.. Enumerable.Range(0, updates).Select(_ => new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously))];

    public int Updates => _gates.Length;

    public Task At(int update) => _gates[update].Task;

    public void Open(int update) => _gates[update].TrySetResult();
}
