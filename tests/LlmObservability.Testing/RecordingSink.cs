using LlmObservability.Sinks;

namespace LlmObservability.Testing;

/// <summary>A sink that keeps what it gets, and fails or waits when the test says so.</summary>
public sealed class RecordingSink(string name = "recording") : ILlmSink
{
    private readonly object _gate = new();
    private readonly List<LlmBatch> _batches = [];

    public string Name => name;

    /// <summary>Runs before each write is kept; throws to fail it.</summary>
    public Func<LlmBatch, CancellationToken, Task> BeforeWrite { get; set; } = (_, _) => Task.CompletedTask;

    /// <summary>What it says of a batch that it kept; by default that all of it is written.</summary>
    public Func<LlmBatch, LlmWriteResult> Answer { get; set; } = batch => new LlmWriteResult(batch.Envelopes.Count, 0);

    public Func<CancellationToken, Task> OnPrepare { get; set; } = _ => Task.CompletedTask;

    public IReadOnlyList<LlmBatch> Batches
    {
        get
        {
            lock (_gate)
            {
                return [.. _batches];
            }
        }
    }

    public IReadOnlyList<LlmCall> Calls => [.. Batches.SelectMany(batch => batch.Envelopes).OfType<LlmCallEnvelope>().Select(envelope => envelope.Call)];

    public async ValueTask PrepareAsync(CancellationToken cancellationToken) => await OnPrepare(cancellationToken);

    public async ValueTask<LlmWriteResult> WriteAsync(LlmBatch batch, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(batch);
        await BeforeWrite(batch, cancellationToken);
        lock (_gate)
        {
            _batches.Add(batch);
        }

        return Answer(batch);
    }
}
