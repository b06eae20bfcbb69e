namespace LlmObservability.Pipeline;

/// <summary>Where the pump takes envelopes from: the queue, and ahead of it one that the spool refused. For the pump alone.</summary>
internal sealed class Intake(EnvelopeQueue queue)
{
    private QueuedEnvelope? _held;

    /// <summary>Whether there is any now.</summary>
    public bool HasAny => _held is not null || !queue.IsEmpty;

    /// <summary>Whether there is one that left the queue and has no number yet.</summary>
    public bool IsHolding => _held is not null;

    /// <summary>Whether there is a full batch.</summary>
    public bool HasBatch(LlmPipelineOptions options) => queue.Items >= options.MaxBatchItems || queue.Bytes >= options.MaxBatchBytes;

    public bool TryTake(out QueuedEnvelope entry)
    {
        return TryTakeHeld(out entry) || queue.TryDequeue(out entry);
    }

    /// <summary>Takes the one that the spool refused, if there is one.</summary>
    public bool TryTakeHeld(out QueuedEnvelope entry)
    {
        entry = _held.GetValueOrDefault();
        var isHolding = _held is not null;
        _held = null;
        return isHolding;
    }

    /// <summary>Takes back what was taken last.</summary>
    public void GiveBack(in QueuedEnvelope entry) => _held = entry;

    /// <summary>Tells callers who wait for room that some was taken.</summary>
    public void Taken() => queue.TellRoom();
}
