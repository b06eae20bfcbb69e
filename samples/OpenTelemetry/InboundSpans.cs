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

        try
        {
            await next(context);
            SetStatus(span, context.Response.StatusCode);
        }
        catch (Exception error) when (!context.RequestAborted.IsCancellationRequested)
        {
            // What the server answers in the end is not said yet; unless it has begun to, it is this.
            SetStatus(span, context.Response.HasStarted ? context.Response.StatusCode : FirstServerError);
            span?.SetTag("error.type", error.GetType().FullName);
            span?.SetStatus(ActivityStatusCode.Error);
            throw;
        }
    });

    private static void SetStatus(Activity? span, int status)
    {
        span?.SetTag("http.response.status_code", status);
        if (status >= FirstServerError)
        {
            span?.SetStatus(ActivityStatusCode.Error);
        }
    }
}
