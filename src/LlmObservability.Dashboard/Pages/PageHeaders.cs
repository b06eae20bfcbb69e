using Microsoft.AspNetCore.Http;

namespace LlmObservability.Dashboard.Pages;

/// <summary>
/// What a page adds to the headers of every answer: it may load what this server gives and nothing else, and runs no script that
/// stands in a page.
/// </summary>
internal static class PageHeaders
{
    private const string Policy =
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        + "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    /// <param name="headers">The answer's headers.</param>
    /// <param name="isForever">Whether the file's name tells its content, so that it never changes.</param>
    public static void Set(IHeaderDictionary headers, bool isForever)
    {
        headers.ContentSecurityPolicy = Policy;
        headers["Permissions-Policy"] = "camera=(), geolocation=(), microphone=()";
        headers.Vary = "Accept-Encoding";
        // Only the reader's own browser keeps it: whoever else asks has to pass the gate.
        headers.CacheControl = isForever ? "private, max-age=31536000, immutable" : "private, no-cache";
    }
}
