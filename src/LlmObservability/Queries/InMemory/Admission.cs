using LlmObservability.Sinks;

namespace LlmObservability.Queries;

/// <summary>What a keeper beside the window says of an envelope for which the window has a place.</summary>
/// <param name="Position">Where it stands there; above that of every envelope before.</param>
/// <param name="Refused">Why it is put aside instead, or null.</param>
internal readonly record struct Admission(long Position, LlmDropReason? Refused = null);
