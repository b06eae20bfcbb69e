using System.Text.Json;

namespace LlmObservability.Testing.Otlp;

/// <summary>One log record or span as a server got it.</summary>
/// <param name="Uid">By which a receiver knows it when it comes again.</param>
/// <param name="Event">What it is: its event name, or what a log record of the same would have.</param>
/// <param name="Time">When what it tells of began: nanoseconds since 1970.</param>
/// <param name="Text">All of it.</param>
public sealed record OtlpRecord(string Uid, string Event, string Time, string Text)
{
    private const string UidAttribute = "log.record.uid";

    private readonly Dictionary<string, string> _attributes = [];

    /// <summary>An attribute's value as text; null without it.</summary>
    public string? this[string key] => _attributes.GetValueOrDefault(key);

    /// <summary>The log records or spans of a request, in their order.</summary>
    /// <exception cref="KeyNotFoundException">A record has no id, or the request is of neither.</exception>
    internal static List<OtlpRecord> Read(byte[] request)
    {
        using var document = JsonDocument.Parse(request);
        var isTraces = document.RootElement.TryGetProperty("resourceSpans", out var resources);
        List<OtlpRecord> records = [];
        foreach (var resource in (isTraces ? resources : document.RootElement.GetProperty("resourceLogs")).EnumerateArray())
        {
            foreach (var scope in resource.GetProperty(isTraces ? "scopeSpans" : "scopeLogs").EnumerateArray())
            {
                records.AddRange(scope.GetProperty(isTraces ? "spans" : "logRecords").EnumerateArray().Select(record => isTraces ? ReadSpan(record) : ReadLog(record)));
            }
        }

        return records;
    }

    private static OtlpRecord ReadLog(JsonElement record)
    {
        var attributes = Attributes(record);
        return With(attributes, new OtlpRecord(
            attributes[UidAttribute], record.GetProperty("eventName").GetString()!, record.GetProperty("timeUnixNano").GetString()!, record.GetRawText()));
    }

    // A receiver of traces knows a span by its ids; what it is shows in what it tells.
    private static OtlpRecord ReadSpan(JsonElement span)
    {
        var attributes = Attributes(span);
        var name = attributes.ContainsKey("llm_observability.attempt.ordinal") ? "llm_observability.attempt"
            : attributes.GetValueOrDefault("gen_ai.operation.name") == "execute_tool" ? "llm_observability.tool_call" : "llm_observability.call";
        var uid = $"{span.GetProperty("traceId").GetString()}/{span.GetProperty("spanId").GetString()}";
        return With(attributes, new OtlpRecord(uid, name, span.GetProperty("startTimeUnixNano").GetString()!, span.GetRawText()));
    }

    private static Dictionary<string, string> Attributes(JsonElement record) => record.GetProperty("attributes").EnumerateArray().ToDictionary(
        attribute => attribute.GetProperty("key").GetString()!, attribute => attribute.GetProperty("value").EnumerateObject().First().Value.ToString());

    private static OtlpRecord With(Dictionary<string, string> attributes, OtlpRecord record)
    {
        foreach (var (key, value) in attributes)
        {
            record._attributes.Add(key, value);
        }

        return record;
    }
}
