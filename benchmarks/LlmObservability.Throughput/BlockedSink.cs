using LlmObservability.Sinks;

namespace LlmObservability.Throughput;

/// <summary>Blocks the thread of every write until it is released, whatever it is told.</summary>
internal sealed class BlockedSink : ILlmSink
{
    private readonly ManualResetEventSlim _released = new();

    public string Name => "blocked";

    public ValueTask PrepareAsync(CancellationToken cancellationToken) => default;

    public ValueTask<LlmWriteResult> WriteAsync(LlmBatch batch, CancellationToken cancellationToken)
    {
        _released.Wait(CancellationToken.None);
        return new(new LlmWriteResult(batch.Envelopes.Count, 0));
    }

    public void Release() => _released.Set();
}
