namespace LlmObservability.Segments;

/// <summary>What became of a record that was handed to the writer.</summary>
internal enum AppendOutcome
{
    /// <summary>It has a position, and waits for the next flush.</summary>
    Appended,

    /// <summary>Memory is full: the disk does not take what waits, or not fast enough.</summary>
    Full,

    /// <summary>Its payload is larger than a record may be, or than memory may hold.</summary>
    TooLarge,

    /// <summary>The writer is closed.</summary>
    Closed,
}
