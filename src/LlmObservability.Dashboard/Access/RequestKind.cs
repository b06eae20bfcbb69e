namespace LlmObservability.Dashboard.Access;

/// <summary>Which limit a request counts against.</summary>
internal enum RequestKind
{
    /// <summary>Answered at once.</summary>
    Query,

    /// <summary>Streams all calls of a filter.</summary>
    Export,

    /// <summary>Stays until the client leaves.</summary>
    Live,
}
