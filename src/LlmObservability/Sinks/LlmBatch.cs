namespace LlmObservability.Sinks;

/// <summary>
/// Envelopes with consecutive sequence numbers of one writer. A number belongs to its envelope for ever: however a batch
/// is cut again after a crash or a bisection, (writer, number) says whether an envelope was committed already.
/// </summary>
public sealed class LlmBatch
{
    /// <summary>Creates a batch.</summary>
    /// <param name="writerId">Whose numbers they are; one writer never has two writes of one sink under way on purpose.</param>
    /// <param name="firstSequence">Number of the first envelope, ≥ 1.</param>
    /// <param name="envelopes">At least one.</param>
    public LlmBatch(Guid writerId, long firstSequence, IReadOnlyList<LlmEnvelope> envelopes)
    {
        ArgumentNullException.ThrowIfNull(envelopes);
        ArgumentOutOfRangeException.ThrowIfLessThan(firstSequence, 1);
        ArgumentOutOfRangeException.ThrowIfZero(envelopes.Count, nameof(envelopes));
        WriterId = writerId;
        FirstSequence = firstSequence;
        Envelopes = envelopes;
    }

    /// <summary>The writer: one per pipeline and sink.</summary>
    public Guid WriterId { get; }

    /// <summary>Number of the first envelope.</summary>
    public long FirstSequence { get; }

    /// <summary>Number of the last envelope, inclusive.</summary>
    public long LastSequence => FirstSequence + Envelopes.Count - 1;

    /// <summary>The envelopes, in the order of their numbers.</summary>
    public IReadOnlyList<LlmEnvelope> Envelopes { get; }

    /// <summary>
    /// When its first envelope was given its number, in UTC; null for just now. A store that forgets old numbers refuses a
    /// batch that is older than what it remembers.
    /// </summary>
    public DateTimeOffset? NumberedAt { get; init; }

    /// <summary>A part of this batch with the same numbers.</summary>
    public LlmBatch Slice(int start, int count) =>
        new(WriterId, FirstSequence + start, [.. Envelopes.Skip(start).Take(count)]) { NumberedAt = NumberedAt };
}
