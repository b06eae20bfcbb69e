namespace LlmObservability.Pipeline;

/// <summary>Where the pump takes envelopes from: the queue, and ahead of it one that the spool refused. For the pump alone.</summary>
internal sealed class Intake(EnvelopeQueue queue)
{
    private QueuedEnvelope? _held;

    /// <summary>Whether there is any now.</summary>
    public bool HasAny => _held is not null || !queue.IsEmpty;

    /// <summary>Whether there is a full batch.</summary>
    public bool HasBatch(LlmPipelineOptions options) => queue.Items >= options.MaxBatchItems || queue.Bytes >= options.MaxBatchBytes;

    public bool TryTake(out QueuedEnvelope entry)
    {
        if (_held is not { } held)
        {
            return queue.TryDequeue(out entry);
        }

        _held = null;
        entry = held;
        return true;
    }

    /// <summary>Takes back what was taken last.</summary>
    public void GiveBack(in QueuedEnvelope entry) => _held = entry;

    /// <summary>Tells callers who wait for room that some was taken.</summary>
    public void Taken() => queue.TellRoom();
}
