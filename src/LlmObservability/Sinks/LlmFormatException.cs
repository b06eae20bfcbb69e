namespace LlmObservability.Sinks;

/// <summary>Bytes that are not a serialised envelope. The message holds nothing of what was read.</summary>
public sealed class LlmFormatException : FormatException
{
    /// <summary>Creates the exception.</summary>
    public LlmFormatException()
        : base("The bytes are not a serialised envelope.")
    {
    }

    /// <summary>Creates the exception with one sentence that says what is wrong.</summary>
    public LlmFormatException(string message)
        : base(message)
    {
    }

    /// <summary>Creates the exception with its cause.</summary>
    public LlmFormatException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
