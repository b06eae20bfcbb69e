namespace LlmObservability.Sinks;

/// <summary>What the pipeline should do about a write that failed.</summary>
public enum LlmSinkFailure
{
    /// <summary>Retry the same batch later.</summary>
    Transient,

    /// <summary>Something in the batch is refused: bisect it, put the one envelope aside, write the rest.</summary>
    Poison,

    /// <summary>Retrying cannot help; drop the batch and count it.</summary>
    Permanent,
}

/// <summary>A sink's failure with its classification. Thread-safe as any exception.</summary>
public sealed class LlmSinkException : Exception
{
    /// <summary>Creates a transient failure without a message.</summary>
    public LlmSinkException()
    {
    }

    /// <summary>Creates a transient failure.</summary>
    public LlmSinkException(string message)
        : base(message)
    {
    }

    /// <summary>Creates a transient failure with its cause.</summary>
    public LlmSinkException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    /// <summary>Creates a classified failure. The message must hold no content of a call and no secret: it is logged.</summary>
    public LlmSinkException(LlmSinkFailure failure, string message, Exception? innerException = null)
        : base(message, innerException)
    {
        Failure = failure;
    }

    /// <summary>The classification.</summary>
    public LlmSinkFailure Failure { get; }

    /// <summary>
    /// How long the sink's server asks to be left alone after a transient failure; null where it says nothing. The pipeline waits
    /// at least that long, up to <see cref="MaxRetryAfter"/>, unless the host stops meanwhile. Below 0 counts as 0.
    /// </summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>The longest that a server is left alone because it asks for it: 5 minutes.</summary>
    public static TimeSpan MaxRetryAfter { get; } = TimeSpan.FromMinutes(5);
}
