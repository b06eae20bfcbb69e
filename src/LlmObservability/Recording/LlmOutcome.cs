namespace LlmObservability;

/// <summary>How a call, an attempt or a tool call ended. Exactly one of the four.</summary>
public enum LlmOutcome
{
    /// <summary>The response, or the stream's last update, reached the caller.</summary>
    Completed,

    /// <summary>The inner client threw.</summary>
    Failed,

    /// <summary>The caller's token was cancelled. Not an error of the model.</summary>
    Cancelled,

    /// <summary>The caller left the stream before its end, or never disposed it. Not an error of the model.</summary>
    Abandoned,
}
