namespace LlmObservability.Pipeline;

/// <summary>
/// Where envelopes wait for room in a full queue, for a bounded time and in a bounded number, when the policy is
/// <see cref="LlmFullPolicy.Wait"/>. Thread-safe.
/// </summary>
internal sealed class WaitingRoom(EnvelopeQueue queue, LlmPipelineOptions options, TimeProvider time)
{
    // With a small queue as many may wait as callers usually are at once.
    private const int LeastPlaces = 1_024;

    private readonly int _places = Math.Max(options.MaxQueueItems, LeastPlaces);
    private int _waiting;

    /// <summary>Waits until the queue takes an envelope.</summary>
    /// <returns>Whether it did, within <see cref="LlmPipelineOptions.MaxFullWait"/>.</returns>
    public async Task<bool> LetInAsync(QueuedEnvelope entry, CancellationToken cancellationToken)
    {
        if (Interlocked.Increment(ref _waiting) > _places)
        {
            // Memory stays bounded.
            Interlocked.Decrement(ref _waiting);
            return false;
        }

        try
        {
            using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            var over = Task.Delay(options.MaxFullWait, time, ending.Token);
            while (!over.IsCompleted)
            {
                var room = queue.RoomAsync();
                if (queue.Enqueue(entry, static _ => { }) == EnqueueOutcome.Queued)
                {
                    await ending.CancelAsync().ConfigureAwait(false);
                    return true;
                }

                await Task.WhenAny(room, over).ConfigureAwait(false);
            }

            return false;
        }
        finally
        {
            Interlocked.Decrement(ref _waiting);
        }
    }
}
