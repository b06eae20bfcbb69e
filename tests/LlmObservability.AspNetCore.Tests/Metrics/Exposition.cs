using System.Globalization;
using System.Text.RegularExpressions;

namespace LlmObservability.AspNetCore.Tests.Metrics;

/// <summary>
/// Reads one of the two forms as strictly as its specification allows: what a lenient scraper would let pass is a failure.
/// </summary>
internal sealed partial class Exposition
{
    private readonly bool _openMetrics;
    private readonly HashSet<string> _series = [];

    private Exposition(bool openMetrics) => _openMetrics = openMetrics;

    /// <summary>The metrics in the order in which they stand.</summary>
    public List<Family> Families { get; } = [];

    public static Exposition Parse(string text, bool openMetrics)
    {
        var exposition = new Exposition(openMetrics);
        text.ShouldEndWith("\n");
        var lines = text[..^1].Split('\n');
        if (openMetrics)
        {
            lines[^1].ShouldBe("# EOF");
            lines = lines[..^1];
        }

        foreach (var line in lines)
        {
            exposition.Read(line);
        }

        exposition.Families.ForEach(exposition.Check);
        exposition.Families.Select(family => family.Name).ShouldBeUnique();
        return exposition;
    }

    public Family Of(string name) => Families.Single(family => family.Name == name);

    /// <summary>The sum of a name's samples with these labels.</summary>
    public double Sum(string name, params (string Name, string Value)[] labels)
    {
        return Families.SelectMany(family => family.Samples)
            .Where(sample => sample.Name == name && labels.All(label => sample.Labels.GetValueOrDefault(label.Name) == label.Value))
            .Sum(sample => sample.Value);
    }

    private void Read(string line)
    {
        if (line.StartsWith("# ", StringComparison.Ordinal))
        {
            Describe(line.Split(' ', 4));
        }
        else
        {
            line.ShouldNotStartWith("#");
            var sample = Sample(line);
            _series.Add($"{sample.Name}{{{string.Join(',', sample.Labels.OrderBy(label => label.Key, StringComparer.Ordinal))}}}").ShouldBeTrue(line);
            Families[^1].Samples.Add(sample);
        }
    }

    private void Describe(string[] words)
    {
        words.Length.ShouldBe(4, string.Join(' ', words));
        NameForm().IsMatch(words[2]).ShouldBeTrue(words[2]);
        switch (words[1])
        {
            case "HELP":
                words[3].ShouldNotBeEmpty();
                Families.Add(new Family(words[2], Unescape(words[3], quotes: _openMetrics)));
                break;
            case "TYPE":
                (Families[^1].Name, Families[^1].Type, Families[^1].Samples.Count).ShouldBe((words[2], null, 0));
                words[3].ShouldBeOneOf("counter", "gauge", "histogram");
                Families[^1].Type = words[3];
                break;
            case "UNIT":
                _openMetrics.ShouldBeTrue();
                (Families[^1].Name, Families[^1].Unit, Families[^1].Samples.Count).ShouldBe((words[2], null, 0));
                words[2].ShouldEndWith("_" + words[3]);
                Families[^1].Unit = words[3];
                break;
            default:
                throw new FormatException(string.Join(' ', words));
        }
    }

    private static Sample Sample(string line)
    {
        var at = 0;
        while (at < line.Length && line[at] is not ('{' or ' '))
        {
            at++;
        }

        var name = line[..at];
        NameForm().IsMatch(name).ShouldBeTrue(line);
        var labels = new Dictionary<string, string>();
        if (line[at] == '{')
        {
            do
            {
                var equals = line.IndexOf('=', ++at);
                var label = line[at..equals];
                LabelForm().IsMatch(label).ShouldBeTrue(line);
                label.ShouldNotStartWith("__");
                line[equals + 1].ShouldBe('"');
                var end = equals + 2;
                while (line[end] != '"')
                {
                    end += line[end] == '\\' ? 2 : 1;
                }

                labels.Add(label, Unescape(line[(equals + 2)..end], quotes: true));
                at = end + 1;
            }
            while (line[at] == ',');
            line[at++].ShouldBe('}');
        }

        line[at].ShouldBe(' ');
        return new Sample(name, labels, Number(line[(at + 1)..]), line[(at + 1)..]);
    }

    private static string Unescape(string text, bool quotes)
    {
        var plain = new System.Text.StringBuilder();
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] != '\\')
            {
                (quotes && text[i] == '"').ShouldBeFalse(text);
                plain.Append(text[i]);
                continue;
            }

            plain.Append(text[++i] switch
            {
                'n' => '\n',
                '\\' => '\\',
                '"' when quotes => '"',
                _ => throw new FormatException(text),
            });
        }

        return plain.ToString();
    }

    private static double Number(string text)
    {
        NumberForm().IsMatch(text).ShouldBeTrue(text);
        return text == "+Inf" ? double.PositiveInfinity : double.Parse(text, CultureInfo.InvariantCulture);
    }

    private void Check(Family family)
    {
        family.Type.ShouldNotBeNull(family.Name);
        family.Samples.ShouldNotBeEmpty(family.Name);
        if (family.Type == "counter")
        {
            // The metric is named without the suffix in the one form, and with it in the other.
            family.Name.EndsWith("_total", StringComparison.Ordinal).ShouldBe(!_openMetrics, family.Name);
            family.Samples.ShouldAllBe(sample => sample.Name == (_openMetrics ? family.Name + "_total" : family.Name) && sample.Value >= 0);
        }
        else if (family.Type == "gauge")
        {
            family.Samples.ShouldAllBe(sample => sample.Name == family.Name);
            new[] { "_total", "_count", "_sum", "_bucket", "_info", "_created" }.ShouldNotContain(suffix => family.Name.EndsWith(suffix, StringComparison.Ordinal));
        }
        else
        {
            foreach (var series in family.Samples.GroupBy(sample => string.Join(',', sample.Labels.Where(label => label.Key != "le").OrderBy(label => label.Key))))
            {
                CheckHistogram(family.Name, [.. series]);
            }
        }
    }

    private void CheckHistogram(string name, Sample[] samples)
    {
        var buckets = samples.TakeWhile(sample => sample.Name == name + "_bucket").ToList();
        samples.Skip(buckets.Count).Select(sample => sample.Name).ShouldBe([name + "_sum", name + "_count"]);
        var bounds = buckets.Select(bucket => bucket.Labels["le"]).ToList();
        bounds[^1].ShouldBe("+Inf");
        bounds.Select(Number).ShouldBeInOrder(SortDirection.Ascending);
        bounds.ShouldBeUnique();
        buckets.Select(bucket => bucket.Value).ShouldBeInOrder(SortDirection.Ascending);
        buckets[^1].Value.ShouldBe(samples[^1].Value);
        if (_openMetrics)
        {
            bounds.SkipLast(1).ShouldAllBe(bound => bound.Contains('.') || bound.Contains('e'));
        }
    }

    [GeneratedRegex("^[a-zA-Z_:][a-zA-Z0-9_:]*$")]
    private static partial Regex NameForm();

    [GeneratedRegex("^[a-zA-Z_][a-zA-Z0-9_]*$")]
    private static partial Regex LabelForm();

    [GeneratedRegex(@"^([+-]?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?|\+Inf)$")]
    private static partial Regex NumberForm();

    internal sealed class Family(string name, string help)
    {
        public string Name => name;

        public string Help => help;

        public string? Type { get; set; }

        public string? Unit { get; set; }

        public List<Sample> Samples { get; } = [];
    }
}

internal sealed record Sample(string Name, Dictionary<string, string> Labels, double Value, string Text);
