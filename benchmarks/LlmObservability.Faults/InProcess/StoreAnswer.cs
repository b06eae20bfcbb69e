namespace LlmObservability.Faults.InProcess;

/// <summary>What a store does with a batch.</summary>
internal enum StoreAnswer
{
    /// <summary>Commits it and says so.</summary>
    Commits,

    /// <summary>Commits it, and the answer is lost.</summary>
    CommitsSilently,

    /// <summary>Does nothing.</summary>
    Fails,
}
