using System.Globalization;
using LlmObservability.Queries;

namespace Replay;

/// <summary>The report for a person.</summary>
internal static class TextReport
{
    public static void Write(TextWriter output, Report report, string trace, string store)
    {
        var stored = report.Stored.Total;
        Line(output, $"Replayed {trace} into {store} in {report.Elapsed.TotalSeconds:0.0} s");
        Line(output, $"");
        Line(output, $"{"",-22}{"calls",12}{"input tokens",16}{"output tokens",16}{"cost USD",18}");
        Row(output, "sent", report.Sent, "");
        Row(output, "stored", report.StoredTotals, Cost(stored));
        Line(output, $"");
        foreach (var row in report.Stored.Rows)
        {
            var name = row.IsOther ? "(other models)" : row.Keys[0] ?? "(no model)";
            Row(output, name, new ReplayTotals(row.Measures.Calls, row.Measures.InputTokens, row.Measures.OutputTokens), Cost(row.Measures));
        }

        Line(output, $"");
        Line(output, $"{"",-22}{"p50",12}{"p95",12}{"p99",12}");
        Distribution(output, "duration", stored.Duration);
        Distribution(output, "to first token", stored.TimeToFirstToken);
        Line(output, $"");
        Line(output, $"dropped {report.Dropped:N0}; priced {stored.Priced:N0} of {stored.Calls:N0} calls");
        Line(output, $"stored {(report.Equal ? "equals" : "DOES NOT EQUAL")} sent");
    }

    private static void Row(TextWriter output, string name, ReplayTotals totals, string cost)
    {
        Line(output, $"{name,-22}{totals.Calls,12:N0}{totals.InputTokens,16:N0}{totals.OutputTokens,16:N0}{cost,18}");
    }

    private static void Distribution(TextWriter output, string name, LlmDistribution microseconds)
    {
        Line(output, $"{name,-22}{Time(microseconds.P50),12}{Time(microseconds.P95),12}{Time(microseconds.P99),12}");
    }

    private static string Cost(LlmMeasures measures) =>
        measures.Priced == 0 ? "not known" : measures.Cost.TotalUsd.ToString(CultureInfo.InvariantCulture);

    private static string Time(double? microseconds) => microseconds switch
    {
        null => "–",
        < 1_000 => string.Create(CultureInfo.InvariantCulture, $"{microseconds:0} µs"),
        < 1_000_000 => string.Create(CultureInfo.InvariantCulture, $"{microseconds / 1_000:0.0} ms"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{microseconds / 1_000_000:0.00} s"),
    };

    private static void Line(TextWriter output, FormattableString text) =>
        output.WriteLine(text.ToString(CultureInfo.InvariantCulture).TrimEnd());
}
