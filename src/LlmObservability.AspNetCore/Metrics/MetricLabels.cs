using System.Globalization;
using System.Text;

namespace LlmObservability.AspNetCore.Metrics;

/// <summary>The labels of one series, sorted by name, and their text as it is written. Immutable.</summary>
internal sealed class MetricLabels
{
    public static readonly MetricLabels None = new([]);

    private readonly KeyValuePair<string, string>[] _pairs;

    private MetricLabels(KeyValuePair<string, string>[] pairs)
    {
        _pairs = pairs;
        Text = Join(pairs);
        Utf8 = Encoding.UTF8.GetBytes(Text);
    }

    /// <summary><c>name="value",…</c>, escaped.</summary>
    public string Text { get; }

    /// <summary><see cref="Text"/>; half of a surrogate pair is a replacement character.</summary>
    public ReadOnlyMemory<byte> Utf8 { get; }

    /// <summary>The value of a label; empty, which is the same to Prometheus, where there is none.</summary>
    public string this[string name]
    {
        get
        {
            foreach (var (key, value) in _pairs)
            {
                if (key == name)
                {
                    return value;
                }
            }

            return "";
        }
    }

    /// <summary>Labels of names that are right already.</summary>
    public static MetricLabels Of(params ReadOnlySpan<(string Name, string Value)> labels)
    {
        var sorted = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var (name, value) in labels)
        {
            Add(sorted, name, value);
        }

        return new MetricLabels([.. sorted]);
    }

    public static MetricLabels Of(ReadOnlySpan<KeyValuePair<string, object?>> attributes)
    {
        var sorted = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var (key, value) in attributes)
        {
            Add(sorted, MetricNames.Label(key), value switch
            {
                null => "",
                bool known => known ? "true" : "false",
                _ => Convert.ToString(value, CultureInfo.InvariantCulture) ?? "",
            });
        }

        return new MetricLabels([.. sorted]);
    }

    private static void Add(SortedDictionary<string, string> labels, string name, string value)
    {
        if (value.Length > 0)
        {
            // Two attributes whose names differ in what no label may hold become one label, as OpenTelemetry's rules say.
            labels[name] = labels.TryGetValue(name, out var present) ? $"{present};{value}" : value;
        }
    }

    private static string Join(KeyValuePair<string, string>[] pairs)
    {
        var text = new StringBuilder();
        foreach (var (name, value) in pairs)
        {
            text.Append(text.Length == 0 ? "" : ",").Append(name).Append("=\"");
            foreach (var c in value)
            {
                _ = c switch
                {
                    '\\' => text.Append(@"\\"),
                    '"' => text.Append("\\\""),
                    '\n' => text.Append("\\n"),
                    _ => text.Append(c),
                };
            }

            text.Append('"');
        }

        return text.ToString();
    }
}
