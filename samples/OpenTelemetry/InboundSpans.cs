using System.Diagnostics;
using Microsoft.AspNetCore.Http.Features;

namespace OpenTelemetrySample;

/// <summary>
/// Names the spans of requests after their routes, which ASP.NET Core leaves to others; the package
/// OpenTelemetry.Instrumentation.AspNetCore does this and more, where an application has it.
/// </summary>
internal static class InboundSpans
{
    private const int FirstServerError = 500;

    public static void UseInboundSpanNames(this WebApplication app) => app.Use(async (context, next) =>
    {
        var span = context.Features.Get<IHttpActivityFeature>()?.Activity;
        if (span is { IsAllDataRequested: true } && (context.GetEndpoint() as RouteEndpoint)?.RoutePattern.RawText is { } route)
        {
            span.DisplayName = $"{context.Request.Method} {route}";
            span.SetTag("http.route", route);
        }

        await next(context);
        span?.SetTag("http.response.status_code", context.Response.StatusCode);
        if (context.Response.StatusCode >= FirstServerError)
        {
            span?.SetStatus(ActivityStatusCode.Error);
        }
    });
}
