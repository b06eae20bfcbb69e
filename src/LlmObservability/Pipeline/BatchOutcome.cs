namespace LlmObservability.Pipeline;

/// <summary>What became of a batch.</summary>
/// <param name="Settled">How many envelopes, from its first on, are written or dropped; fewer than all when the pipeline ended before.</param>
/// <param name="Committed">Whether the sink committed any part of it.</param>
internal readonly record struct BatchOutcome(int Settled, bool Committed);
