using System.Text.RegularExpressions;

namespace LlmObservability.OpenTelemetry.Tests.Instrumentation;

/// <summary>The names in the tables of docs/otlp.md and docs/aspnetcore.md.</summary>
internal static partial class DocumentedKeys
{
    private const string Own = "llm_observability.";

    /// <summary>Of a call's log event.</summary>
    public static IReadOnlyList<string> OfLogEvents => Read("aspnetcore.md", "## The log event of a call");

    /// <summary>Of a call's log record.</summary>
    public static IReadOnlyList<string> OfCallRecords =>
        [Uid, .. OfLogEvents.Except(["trace_id", "span_id"]), .. Read("otlp.md", "**A call**")];

    /// <summary>Of all log records of the sink, by what they tell of.</summary>
    public static IReadOnlyList<string> OfRecords(string what) =>
        [Uid, "llm_observability.call.id", .. Read("otlp.md", what, Read("otlp.md", "**A call**"))];

    private static string Uid => "log.record.uid";

    // The first cells of the first table behind a place. ".name" has the beginning of the name before it; "a.tokens.…" is what a call has
    // under "tokens."; "{key}" stands for any.
    private static List<string> Read(string document, string place, IReadOnlyList<string>? ofCalls = null)
    {
        var text = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Docs", document));
        var at = text.IndexOf(place, StringComparison.Ordinal);
        at.ShouldBeGreaterThanOrEqualTo(0, place);
        var rows = text[at..].Split('\n').SkipWhile(line => !line.StartsWith('|')).TakeWhile(line => line.StartsWith('|')).Skip(2).ToList();
        var keys = new List<string>();
        foreach (var row in rows)
        {
            var before = "";
            foreach (var name in Quoted().Matches(row.Split('|')[1]).Select(match => match.Groups[1].Value))
            {
                var key = name.StartsWith('.') ? before + name : name;
                before = name.StartsWith('.') ? before : name[..Math.Max(0, name.LastIndexOf('.'))];
                if (name.EndsWith('…'))
                {
                    var group = before[(before.LastIndexOf('.') + 1)..] + ".";
                    keys.AddRange(ofCalls!.Where(known => known.StartsWith(Own + group, StringComparison.Ordinal)).Select(known => before + "." + known[(Own + group).Length..]));
                }
                else if (!name.Contains('{', StringComparison.Ordinal))
                {
                    keys.Add(key);
                }
            }
        }

        keys.ShouldNotBeEmpty(place);
        return keys;
    }

    [GeneratedRegex("`([^`]+)`")]
    private static partial Regex Quoted();
}
