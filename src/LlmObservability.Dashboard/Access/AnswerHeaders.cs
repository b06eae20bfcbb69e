using Microsoft.AspNetCore.Http;

namespace LlmObservability.Dashboard.Access;

/// <summary>The headers of every answer: nobody keeps it, guesses its type, frames it, or learns from it where a link leads.</summary>
internal static class AnswerHeaders
{
    public static void Set(IHeaderDictionary headers)
    {
        headers.CacheControl = "no-store";
        headers.XContentTypeOptions = "nosniff";
        headers.ContentSecurityPolicy = "default-src 'none'; frame-ancestors 'none'";
        headers.XFrameOptions = "DENY";
        headers["Referrer-Policy"] = "no-referrer";
        headers["Cross-Origin-Resource-Policy"] = "same-origin";
    }
}
