using System.Buffers;
using System.Globalization;
using System.Text;

namespace LlmObservability.AspNetCore.Metrics;

/// <summary>
/// Writes metrics in one of two forms that differ in little: Prometheus text 0.0.4
/// (https://prometheus.io/docs/instrumenting/exposition_formats/) and OpenMetrics 1.0
/// (https://prometheus.io/docs/specs/om/open_metrics_spec/).
/// </summary>
internal sealed class ExpositionWriter(IBufferWriter<byte> output, bool openMetrics)
{
    public void Write(MetricFamily family)
    {
        var series = family.Series().ToList();
        // A counter's line of help names it as its samples are named in the one form, and as the metric is in the other.
        var described = family.Kind == MetricKind.Counter && !openMetrics ? family.Name + MetricNames.Total : family.Name;
        if (series.Count == 0)
        {
            return;
        }

        Line($"# HELP {described} {Help(family.Help)}");
        Line($"# TYPE {described} {Word(family.Kind)}");
        if (openMetrics && family.Unit is { } unit)
        {
            Line($"# UNIT {described} {unit}");
        }

        foreach (var one in series)
        {
            if (one is HistogramSeries histogram)
            {
                Histogram(family, histogram);
            }
            else
            {
                Sample(family.Name, family.Kind == MetricKind.Counter ? MetricNames.Total : "", one.Labels, ((NumberSeries)one).Value);
            }
        }
    }

    public void End()
    {
        if (openMetrics)
        {
            Line("# EOF");
        }
    }

    private static string Word(MetricKind kind) => kind switch
    {
        MetricKind.Counter => "counter",
        MetricKind.Gauge => "gauge",
        _ => "histogram",
    };

    private string Help(string text)
    {
        text = text.Replace(@"\", @"\\", StringComparison.Ordinal).Replace("\n", @"\n", StringComparison.Ordinal);
        return openMetrics ? text.Replace("\"", "\\\"", StringComparison.Ordinal) : text;
    }

    private void Histogram(MetricFamily family, HistogramSeries series)
    {
        long count = 0;
        for (var bucket = 0; bucket <= family.Bounds.Length; bucket++)
        {
            count += series.Count(bucket);
            var bound = bucket == family.Bounds.Length ? "+Inf" : Bound(family.Bounds[bucket]);
            Sample(family.Name, "_bucket", series.Labels, count, bound);
        }

        Sample(family.Name, "_sum", series.Labels, series.Sum);
        // Of the buckets just read, so that the two agree whatever is recorded meanwhile.
        Sample(family.Name, "_count", series.Labels, count);
    }

    // As Go writes it, and with it every other exporter: a bound written otherwise would be another series.
    private string Bound(double bound)
    {
        if (bound >= 1e6)
        {
            return bound.ToString("0.###############e+00", CultureInfo.InvariantCulture);
        }

        var text = bound.ToString(CultureInfo.InvariantCulture);
        return openMetrics && double.IsInteger(bound) ? text + ".0" : text;
    }

    private void Sample(string name, string suffix, MetricLabels labels, double value, string? bound = null)
    {
        Text(name);
        Text(suffix);
        if (labels.Utf8.Length > 0 || bound is not null)
        {
            Text("{");
            output.Write(labels.Utf8.Span);
            if (bound is not null)
            {
                Text(labels.Utf8.Length > 0 ? ",le=\"" : "le=\"");
                Text(bound);
                Text("\"");
            }

            Text("}");
        }

        Text(" ");
        value.TryFormat(output.GetSpan(32), out var written, default, CultureInfo.InvariantCulture);
        output.Advance(written);
        Text("\n");
    }

    private void Line(string line)
    {
        Text(line);
        Text("\n");
    }

    private void Text(string text) => Encoding.UTF8.GetBytes(text, output);
}
