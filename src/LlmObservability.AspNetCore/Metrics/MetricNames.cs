using System.Text;

namespace LlmObservability.AspNetCore.Metrics;

/// <summary>
/// Names as Prometheus wants them, by the rules of OpenTelemetry's translation, so that a dashboard finds the same names behind
/// an OpenTelemetry collector: what is no letter or digit is an underscore, the unit is a suffix.
/// https://opentelemetry.io/docs/specs/otel/compatibility/prometheus_and_openmetrics/
/// </summary>
internal static class MetricNames
{
    /// <summary>Behind a counter's name.</summary>
    public const string Total = "_total";

    /// <summary>A metric's name, without <see cref="Total"/>, and the unit that it ends in; null for none.</summary>
    public static (string Name, string? Unit) Family(string instrument, string? unit, MetricKind kind)
    {
        var name = Label(instrument);
        if (kind == MetricKind.Counter && name.EndsWith(Total, StringComparison.Ordinal))
        {
            name = name[..^Total.Length];
        }

        var suffix = Unit(unit);
        if (suffix is null)
        {
            return (name, null);
        }

        return (name.EndsWith("_" + suffix, StringComparison.Ordinal) ? name : $"{name}_{suffix}", suffix);
    }

    /// <summary>A label's name.</summary>
    public static string Label(string attribute)
    {
        var name = new StringBuilder(attribute.Length + 1);
        if (attribute.Length == 0 || char.IsAsciiDigit(attribute[0]))
        {
            name.Append('_');
        }

        foreach (var c in attribute)
        {
            // Several in a row are one: two of them at the start are Prometheus's own.
            if (char.IsAsciiLetterOrDigit(c))
            {
                name.Append(c);
            }
            else if (name.Length == 0 || name[^1] != '_')
            {
                name.Append('_');
            }
        }

        return name.ToString();
    }

    // What stands in braces is an annotation, no unit.
    private static string? Unit(string? unit)
    {
        if (unit is null)
        {
            return null;
        }

        var (over, per) = unit.Split('/', 2) is [var first, var second] ? (first, second) : (unit, null);
        var name = Word(over);
        return per is null ? name : $"{(name is null ? "" : name + "_")}per_{(per == "s" ? "second" : Word(per) ?? per)}";
    }

    private static string? Word(string unit) => unit switch
    {
        "s" => "seconds",
        "ms" => "milliseconds",
        "By" => "bytes",
        "" or "1" => null,
        _ when unit[0] == '{' => null,
        _ => Label(unit),
    };
}
