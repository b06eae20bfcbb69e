namespace LlmObservability.Queries;

/// <summary>A query that cannot be answered as asked: the caller's mistake, never the store's.</summary>
public sealed class LlmQueryException : Exception
{
    /// <summary>Creates the exception without telling the parameter.</summary>
    public LlmQueryException()
    {
    }

    /// <summary>Creates the exception without telling the parameter.</summary>
    public LlmQueryException(string message)
        : base(message)
    {
    }

    /// <summary>Creates the exception without telling the parameter.</summary>
    public LlmQueryException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    /// <summary>Creates the exception.</summary>
    /// <param name="parameter">The parameter at fault, as the request names it.</param>
    /// <param name="message">One sentence that says what would be right.</param>
    public LlmQueryException(string parameter, string message)
        : base(message)
    {
        Parameter = parameter;
    }

    /// <summary>The parameter at fault.</summary>
    public string? Parameter { get; }
}
