using LlmObservability.Sinks;

namespace LlmObservability.Faults.InProcess;

/// <summary>
/// A store that outlives the application, as the contract wants it: a number of a writer is committed once. Fails, or
/// commits without saying so, as it is told.
/// </summary>
internal sealed class MemoryStore : ILlmSink
{
    private readonly object _gate = new();
    private readonly Dictionary<(Guid Writer, long Sequence), LlmEnvelope> _rows = [];

    public string Name => "store";

    /// <summary>What becomes of the next write.</summary>
    public Func<StoreAnswer> Answer { get; set; } = () => StoreAnswer.Commits;

    /// <summary>Everything that was committed, in no order.</summary>
    public IReadOnlyList<LlmEnvelope> Rows
    {
        get
        {
            lock (_gate)
            {
                return [.. _rows.Values];
            }
        }
    }

    public ValueTask PrepareAsync(CancellationToken cancellationToken) => ValueTask.CompletedTask;

    public ValueTask<LlmWriteResult> WriteAsync(LlmBatch batch, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(batch);
        var answer = Answer();
        if (answer == StoreAnswer.Fails)
        {
            throw new LlmSinkException("The store is away.");
        }

        var written = 0;
        lock (_gate)
        {
            for (var i = 0; i < batch.Envelopes.Count; i++)
            {
                written += _rows.TryAdd((batch.WriterId, batch.FirstSequence + i), batch.Envelopes[i]) ? 1 : 0;
            }
        }

        return answer == StoreAnswer.CommitsSilently
            ? throw new LlmSinkException("The answer was lost.")
            : ValueTask.FromResult(new LlmWriteResult(written, batch.Envelopes.Count - written));
    }
}
