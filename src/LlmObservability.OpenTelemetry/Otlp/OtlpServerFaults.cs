using LlmObservability.Sinks;

namespace LlmObservability.OpenTelemetry.Otlp;

/// <summary>Counts how often a server failed by its own fault at the same batch. Thread-safe.</summary>
internal sealed class OtlpServerFaults
{
    /// <summary>So often a batch is sent again.</summary>
    public const int Patience = 5;

    // Writes may overlap, if only few: what is forgotten beyond that is tried more often.
    private const int MaxBatches = 64;

    private readonly Dictionary<(Guid Writer, long First, int Count), int> _faults = [];

    /// <summary>Counts one more, and says whether that was the last.</summary>
    public bool IsLast(LlmBatch batch)
    {
        lock (_faults)
        {
            var key = Key(batch);
            var faults = _faults.GetValueOrDefault(key) + 1;
            if (faults > Patience)
            {
                _faults.Remove(key);
                return true;
            }

            if (_faults.Count >= MaxBatches)
            {
                _faults.Clear();
            }

            _faults[key] = faults;
            return false;
        }
    }

    /// <summary>Forgets those of a batch that was taken.</summary>
    public void Forget(LlmBatch batch)
    {
        lock (_faults)
        {
            _faults.Remove(Key(batch));
        }
    }

    private static (Guid Writer, long First, int Count) Key(LlmBatch batch) => (batch.WriterId, batch.FirstSequence, batch.Envelopes.Count);
}
