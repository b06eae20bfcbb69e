namespace LlmObservability.Pricing;

/// <summary>A price catalog or override that cannot be used; the message names the place in one sentence.</summary>
public sealed class PriceCatalogException : Exception
{
    /// <summary>An exception without a message of its own.</summary>
    public PriceCatalogException()
    {
    }

    /// <summary>An exception that says what is wrong, and where.</summary>
    public PriceCatalogException(string message)
        : base(message)
    {
    }

    /// <summary>An exception that says what is wrong, and where, with its cause.</summary>
    public PriceCatalogException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
