namespace LlmObservability.Pipeline;

/// <summary>Why a sink does not take records, and since when. <see cref="GaveUp"/> stays until a write succeeds.</summary>
internal sealed record SinkFault(DateTimeOffset Since, string Failure, bool GaveUp);
