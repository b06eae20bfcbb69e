using System.Diagnostics;
using LlmObservability.Sinks;

namespace LlmObservability.Throughput;

/// <summary>Passes batches on, and counts them and the time in which one was being written.</summary>
internal sealed class MeasuredSink(ILlmSink inner) : ILlmSink
{
    public string Name => inner.Name;

    public long Batches { get; private set; }

    public TimeSpan Busy { get; private set; }

    public ValueTask PrepareAsync(CancellationToken cancellationToken) => inner.PrepareAsync(cancellationToken);

    public async ValueTask<LlmWriteResult> WriteAsync(LlmBatch batch, CancellationToken cancellationToken)
    {
        var begin = Stopwatch.GetTimestamp();
        var result = await inner.WriteAsync(batch, cancellationToken);
        Busy += Stopwatch.GetElapsedTime(begin);
        Batches++;
        return result;
    }
}
