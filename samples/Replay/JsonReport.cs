using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Replay;

/// <summary>The report for a program: one JSON object on one line.</summary>
internal static class JsonReport
{
    public static string Create(Report report)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream))
        {
            json.WriteStartObject();
            json.WriteStartObject("sent");
            Write(json, report.Sent);
            json.WriteEndObject();
            json.WriteStartObject("stored");
            Write(json, report.StoredTotals);
            json.WriteString("costUsd", report.Stored.Total.Cost.TotalUsd.ToString(CultureInfo.InvariantCulture));
            json.WriteNumber("pricedCalls", report.Stored.Total.Priced);
            json.WriteEndObject();
            json.WriteNumber("dropped", report.Dropped);
            json.WriteBoolean("equal", report.Equal);
            json.WriteNumber("seconds", Math.Round(report.Elapsed.TotalSeconds, 3));
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(stream.ToArray());
    }

    private static void Write(Utf8JsonWriter json, ReplayTotals totals)
    {
        json.WriteNumber("calls", totals.Calls);
        json.WriteNumber("inputTokens", totals.InputTokens);
        json.WriteNumber("outputTokens", totals.OutputTokens);
    }
}
