using LlmObservability.Sinks;

namespace LlmObservability.Throughput;

/// <summary>Takes everything and keeps nothing.</summary>
internal sealed class DiscardingSink : ILlmSink
{
    public string Name => "discard";

    public ValueTask PrepareAsync(CancellationToken cancellationToken) => default;

    public ValueTask<LlmWriteResult> WriteAsync(LlmBatch batch, CancellationToken cancellationToken) =>
        new(new LlmWriteResult(batch.Envelopes.Count, 0));
}
