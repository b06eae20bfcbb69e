namespace LlmObservability;

/// <summary>How a sink stands. Of several that hold, the first in the order below but <see cref="Working"/> is told.</summary>
public enum LlmSinkState
{
    /// <summary>It takes records.</summary>
    Working,

    /// <summary>It is switched off, and takes none on purpose.</summary>
    SwitchedOff,

    /// <summary>The pipeline has stopped; records that still come are dropped.</summary>
    Stopped,

    /// <summary>It refuses for good: a batch was dropped as <see cref="Sinks.LlmDropReason.PermanentFailure"/>, and none written since.</summary>
    GaveUp,

    /// <summary>Its queue is full and records are dropped; ends 10 s after the last such drop, once the queue is below 80 %.</summary>
    QueueFull,

    /// <summary>It fails for now; records wait, and are retried.</summary>
    Retrying,
}
