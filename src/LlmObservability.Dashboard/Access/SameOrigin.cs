using Microsoft.AspNetCore.Http;

namespace LlmObservability.Dashboard.Access;

/// <summary>Whether a request comes from a page of this server, or from no browser at all: asked of whatever is not a plain GET.</summary>
internal static class SameOrigin
{
    public static bool Holds(HttpRequest request)
    {
        if (request.Headers["Sec-Fetch-Site"] is { Count: > 0 } site)
        {
            return site is ["same-origin"] or ["none"];
        }

        return request.Headers.Origin is not { Count: > 0 } origin || (origin.Count == 1 && IsOwn(origin[0], request.Host));
    }

    // Both are read alike: brackets of IPv6 addresses and names beyond ASCII are written in more than one way. Not the scheme: a proxy
    // that ends TLS hands the request on as http.
    private static bool IsOwn(string? origin, HostString host) =>
        host.HasValue
        && Uri.TryCreate(origin, UriKind.Absolute, out var uri)
        && (uri.Scheme == Uri.UriSchemeHttp || uri.Scheme == Uri.UriSchemeHttps)
        && Uri.TryCreate("http://" + host.Host, UriKind.Absolute, out var own)
        && own is { UserInfo: "", PathAndQuery: "/" }
        && string.Equals(uri.IdnHost, own.IdnHost, StringComparison.OrdinalIgnoreCase)
        && (host.Port is { } port ? port == uri.Port : uri.IsDefaultPort);
}
