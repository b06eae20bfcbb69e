namespace LlmObservability.Clients.Tests.Wire;

/// <summary>How a server ends a reply.</summary>
internal enum WireEnd
{
    /// <summary>The body is whole, and says so.</summary>
    Whole,

    /// <summary>The connection is closed in good order with the body unfinished.</summary>
    Closed,

    /// <summary>The connection is reset (RST) with the body unfinished.</summary>
    Reset,

    /// <summary>The body has no length and ends where the connection does: a client cannot tell that something is missing.</summary>
    Unframed,
}
