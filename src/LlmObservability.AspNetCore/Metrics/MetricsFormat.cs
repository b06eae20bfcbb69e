using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;

namespace LlmObservability.AspNetCore.Metrics;

/// <summary>Which form a scraper wants.</summary>
internal static class MetricsFormat
{
    public const string Text = "text/plain; version=0.0.4; charset=utf-8";

    public const string OpenMetrics = "application/openmetrics-text; version=1.0.0; charset=utf-8";

    /// <summary>
    /// Whether OpenMetrics 1.0 is wanted: by who names it, and likes it no less than text; and by who refuses text and not it.
    /// Everybody else gets text, those who accept neither too, as from any Prometheus client. Of several ranges the closest
    /// counts (RFC 9110, 12.5.1).
    /// </summary>
    public static bool WantsOpenMetrics(StringValues accept)
    {
        if (accept.Count == 0 || !MediaTypeHeaderValue.TryParseList(accept!, out var ranges))
        {
            return false;
        }

        var named = Named(ranges, "application/openmetrics-text", "1.0.0");
        var text = Named(ranges, "text/plain", "0.0.4") ?? Wide(ranges, "text/*");
        return named is { } liked
            ? liked > 0 && liked >= (text ?? 0)
            : text == 0 && Wide(ranges, "application/*") > 0;
    }

    private static double? Named(IList<MediaTypeHeaderValue> ranges, string type, string version)
    {
        var ofType = ranges.Where(range => range.MediaType.Equals(type, StringComparison.OrdinalIgnoreCase)).ToList();
        return Quality(ofType.Where(range => Version(range) == version)) ?? Quality(ofType.Where(range => Version(range) is null));
    }

    private static double? Wide(IList<MediaTypeHeaderValue> ranges, string types)
    {
        return Quality(ranges.Where(range => range.MediaType.Equals(types, StringComparison.OrdinalIgnoreCase)))
            ?? Quality(ranges.Where(range => range.MatchesAllTypes));
    }

    private static string? Version(MediaTypeHeaderValue range)
    {
        var version = range.Parameters.FirstOrDefault(parameter => parameter.Name.Equals("version", StringComparison.OrdinalIgnoreCase));
        return version is null ? null : HeaderUtilities.RemoveQuotes(version.Value).ToString();
    }

    // Of several that are as close, the one liked most.
    private static double? Quality(IEnumerable<MediaTypeHeaderValue> ranges) => ranges.Max(range => (double?)(range.Quality ?? 1));
}
