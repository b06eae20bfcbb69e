namespace LlmObservability.Sinks;

/// <summary>What became of a batch that did not throw.</summary>
/// <param name="Written">Envelopes written by this call.</param>
/// <param name="AlreadyWritten">Envelopes recognised as committed before.</param>
/// <param name="Rejected">Envelopes put aside, with their reason; counted as dropped.</param>
public readonly record struct LlmWriteResult(int Written, int AlreadyWritten, IReadOnlyList<LlmRejection>? Rejected = null)
{
    /// <summary>
    /// Envelopes that the sink's server refused without saying which, as a partial success of OTLP does; counted as dropped with
    /// the reason <see cref="LlmDropReason.Poison"/>. Where there is a directory the whole batch is put aside: the refused ones
    /// are among it. An upper bound, where a server counts records of which an envelope holds several. ≥ 0, default 0.
    /// </summary>
    public int Unidentified { get; init; }
}

/// <summary>One envelope that the sink put aside.</summary>
/// <param name="Sequence">Its sequence number.</param>
/// <param name="Reason">Why.</param>
/// <param name="Detail">What was wrong and what to change, in a sentence that holds no content of a call and no secret: it is logged. Null where the reason says it all.</param>
public readonly record struct LlmRejection(long Sequence, LlmDropReason Reason, string? Detail = null);
