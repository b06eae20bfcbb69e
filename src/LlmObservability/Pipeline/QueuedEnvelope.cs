using LlmObservability.Sinks;

namespace LlmObservability.Pipeline;

/// <summary>An envelope that waits, its estimated size, its place in the queue, and the call that waits for its commit, if one does.</summary>
internal readonly record struct QueuedEnvelope(LlmEnvelope Envelope, int Bytes, CommitWaiter? Waiter);
