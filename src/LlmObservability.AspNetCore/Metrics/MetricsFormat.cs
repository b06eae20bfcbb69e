using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;

namespace LlmObservability.AspNetCore.Metrics;

/// <summary>Which form a scraper wants.</summary>
internal static class MetricsFormat
{
    public const string Text = "text/plain; version=0.0.4; charset=utf-8";

    public const string OpenMetrics = "application/openmetrics-text; version=1.0.0; charset=utf-8";

    /// <summary>
    /// Whether OpenMetrics 1.0 is wanted: only by who names it, and likes it no less than text. Everybody else gets text, those
    /// who accept neither too, as from any Prometheus client.
    /// </summary>
    public static bool WantsOpenMetrics(StringValues accept)
    {
        if (accept.Count == 0 || !MediaTypeHeaderValue.TryParseList(accept!, out var ranges))
        {
            return false;
        }

        var openMetrics = Quality(ranges, range => IsNamed(range, "application/openmetrics-text", "1.0.0"));
        var text = Quality(ranges, range => IsNamed(range, "text/plain", "0.0.4"))
            ?? Quality(ranges, range => range.MediaType.Equals("text/*", StringComparison.OrdinalIgnoreCase))
            ?? Quality(ranges, range => range.MatchesAllTypes) ?? 0;
        return openMetrics > 0 && openMetrics >= text;
    }

    private static bool IsNamed(MediaTypeHeaderValue range, string type, string version)
    {
        if (!range.MediaType.Equals(type, StringComparison.OrdinalIgnoreCase))
        {
            return false;
        }

        var asked = range.Parameters.FirstOrDefault(parameter => parameter.Name.Equals("version", StringComparison.OrdinalIgnoreCase));
        return asked is null || HeaderUtilities.RemoveQuotes(asked.Value).Equals(version, StringComparison.Ordinal);
    }

    // Of several ranges that fit, the one liked most.
    private static double? Quality(IList<MediaTypeHeaderValue> ranges, Func<MediaTypeHeaderValue, bool> fits)
    {
        double? best = null;
        foreach (var range in ranges)
        {
            if (fits(range))
            {
                best = Math.Max(best ?? 0, range.Quality ?? 1);
            }
        }

        return best;
    }
}
