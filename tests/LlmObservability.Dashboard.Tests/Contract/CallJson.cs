using System.Globalization;
using System.Text.Json;
using LlmObservability.Testing.Stores;

namespace LlmObservability.Dashboard.Tests.Contract;

/// <summary>What a call's JSON must say, without the code under test.</summary>
internal static class CallJson
{
    public static void ShouldBe(JsonElement json, LlmCall call)
    {
        foreach (var field in CallFacts.Fields)
        {
            var expected = CallFacts.Read(call, field);
            var name = field.TagKey ?? field.Name;
            var place = field.TagKey is null ? json : json.TryGetProperty("tags", out var tags) ? tags : default;
            if (expected is null)
            {
                (place.ValueKind == JsonValueKind.Object && place.TryGetProperty(name, out _)).ShouldBeFalse(name);
                continue;
            }

            var said = place.GetProperty(name);
            switch (expected)
            {
                case DateTimeOffset time:
                    said.GetString().ShouldBe(time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'", CultureInfo.InvariantCulture), name);
                    break;
                case Guid id:
                    said.GetGuid().ShouldBe(id, name);
                    break;
                case long number:
                    said.GetInt64().ShouldBe(number, name);
                    break;
                case double number:
                    said.GetDouble().ShouldBe(number, name);
                    break;
                case bool flag:
                    said.GetBoolean().ShouldBe(flag, name);
                    break;
                default:
                    said.GetString().ShouldBe((string)expected, name);
                    break;
            }
        }

        SpanShouldBe(json, call.TraceId, call.SpanId, call.ParentSpanId);
        json.TryGetProperty("cost_usd", out var usd).ShouldBe(call.Cost is not null);
        if (call.Cost is { } cost)
        {
            decimal.Parse(usd.GetString()!, CultureInfo.InvariantCulture).ShouldBe(cost.TotalNanos / 1_000_000_000m);
            json.GetProperty("cost_output_nanos").GetInt64().ShouldBe(cost.OutputNanos);
        }
    }

    /// <summary>The ids in a trace of a call, an attempt (which has no trace of its own) or a tool call.</summary>
    public static void SpanShouldBe(JsonElement json, string? trace, string? span, string? parent)
    {
        Text(json, "trace_id").ShouldBe(trace);
        Text(json, "span_id").ShouldBe(span);
        Text(json, "parent_span_id").ShouldBe(parent);
    }

    private static string? Text(JsonElement json, string name) => json.TryGetProperty(name, out var value) ? value.GetString() : null;
}
