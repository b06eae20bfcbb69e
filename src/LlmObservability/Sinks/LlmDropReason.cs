namespace LlmObservability.Sinks;

/// <summary>Why an envelope did not reach a sink. Every drop is counted under one of these.</summary>
public enum LlmDropReason
{
    /// <summary>The queue held its maximum of items or bytes.</summary>
    QueueFull,

    /// <summary>The sink was switched off while the envelope waited.</summary>
    SinkDisabled,

    /// <summary>The shutdown budget ended before it was written.</summary>
    Shutdown,

    /// <summary>The call's time is outside what the store keeps.</summary>
    OutsideWindow,

    /// <summary>The store refuses this one envelope for what it holds.</summary>
    Poison,

    /// <summary>The sink gave up for good, for example on a schema newer than it knows.</summary>
    PermanentFailure,

    /// <summary>The recorder itself failed before the envelope was made; a defect worth reporting.</summary>
    RecorderError,

    /// <summary>It gave way when the spool was full, by <see cref="LlmFullPolicy.DropOldest"/>.</summary>
    SpoolFull,

    /// <summary>It was in the spool for longer than <see cref="LlmPipelineOptions.MaxSpoolAge"/>, or the store no longer remembers what it committed then.</summary>
    Expired,

    /// <summary>It was in the spool and cannot be read: its segment is damaged, or it is of a later version.</summary>
    Unreadable,

    /// <summary>The sink has no place for records of this kind, by its settings: told once, and nothing that health minds.</summary>
    Unsupported,
}
