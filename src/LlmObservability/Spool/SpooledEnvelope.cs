using LlmObservability.Sinks;

namespace LlmObservability.Spool;

/// <summary>An envelope of the spool: where it lies, its number, since when it has that, and its bytes.</summary>
internal readonly record struct SpooledEnvelope(
    long Position, Guid Writer, long Sequence, DateTimeOffset NumberedAt, LlmEnvelope Envelope, int Bytes);
