namespace LlmObservability.Pipeline;

/// <summary>What became of an envelope that came to the queue.</summary>
internal enum EnqueueOutcome
{
    /// <summary>It waits in the queue.</summary>
    Queued,

    /// <summary>It gave way.</summary>
    Dropped,

    /// <summary>There is no room for it now; it may come again.</summary>
    Full,
}
