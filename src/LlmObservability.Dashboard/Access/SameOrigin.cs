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

    // Of the two only Host has an IPv6 address in brackets. Not the scheme: a proxy that ends TLS hands the request on as http.
    private static bool IsOwn(string? origin, HostString host) =>
        host.HasValue
        && Uri.TryCreate(origin, UriKind.Absolute, out var uri)
        && (uri.Scheme == Uri.UriSchemeHttp || uri.Scheme == Uri.UriSchemeHttps)
        && string.Equals(uri.IdnHost, host.Host.TrimStart('[').TrimEnd(']'), StringComparison.OrdinalIgnoreCase)
        && (host.Port is { } port ? port == uri.Port : uri.IsDefaultPort);
}
