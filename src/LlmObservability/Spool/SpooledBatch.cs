using LlmObservability.Sinks;

namespace LlmObservability.Spool;

/// <summary>What was read of the spool at once.</summary>
/// <param name="Batch">Envelopes with consecutive numbers of one writer; null when there were none that can be read.</param>
/// <param name="Through">Everything up to this position was read, or cannot be.</param>
/// <param name="Unreadable">Records passed over because this version cannot read them.</param>
/// <param name="Expired">Records passed over because they are too old.</param>
internal readonly record struct SpooledBatch(LlmBatch? Batch, long Through, int Unreadable, int Expired);
