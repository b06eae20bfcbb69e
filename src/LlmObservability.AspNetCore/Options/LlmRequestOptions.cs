using Microsoft.AspNetCore.Http;

namespace LlmObservability;

/// <summary>
/// What HTTP requests tell their LLM calls, and their responses the caller. A delegate runs once a request, whose
/// error page has what it said then, and for several requests at once; null or empty means no tag, and what it throws is counted, told once, and harms no request.
/// </summary>
public sealed class LlmRequestOptions
{
    /// <summary>The user of a request; kept as <c>LlmObservability:UserIds</c> says: hashed, plain, or not at all. Default none.</summary>
    public Func<HttpContext, string?>? User { get; set; }

    /// <summary>The tenant of a request. Default none.</summary>
    public Func<HttpContext, string?>? Tenant { get; set; }

    /// <summary>The deployment environment of a request, where one application serves several. Default none: <c>LlmObservability:Environment</c> counts.</summary>
    public Func<HttpContext, string?>? Environment { get; set; }

    /// <summary>The response header with the ids of the request's calls; null or empty for none. Default <c>x-llm-request-id</c>. A header's name as HTTP has it.</summary>
    public string? ResponseHeader { get; set; } = "x-llm-request-id";

    /// <summary>
    /// The most ids in the header: 38 bytes each. How many more there are is told in a second header, of the same name and
    /// <c>-more</c>. Default 16; 1 to 100.
    /// </summary>
    public int MaxResponseIds { get; set; } = 16;
}
