using System.Text.Json;

namespace LlmObservability.Testing.Otlp;

/// <summary>One log record as a server got it.</summary>
/// <param name="Uid">By which a receiver knows it when it comes again.</param>
/// <param name="Event">Its event name.</param>
/// <param name="Time">When what it tells of began: nanoseconds since 1970.</param>
/// <param name="Text">All of it.</param>
public sealed record OtlpRecord(string Uid, string Event, string Time, string Text)
{
    private const string UidAttribute = "log.record.uid";

    private readonly Dictionary<string, string> _attributes = [];

    /// <summary>An attribute's value as text; null without it.</summary>
    public string? this[string key] => _attributes.GetValueOrDefault(key);

    /// <summary>The log records of a request, in their order.</summary>
    /// <exception cref="KeyNotFoundException">A record has no id, or the request is none of logs.</exception>
    internal static List<OtlpRecord> Read(byte[] request)
    {
        using var document = JsonDocument.Parse(request);
        List<OtlpRecord> records = [];
        foreach (var resource in document.RootElement.GetProperty("resourceLogs").EnumerateArray())
        {
            foreach (var scope in resource.GetProperty("scopeLogs").EnumerateArray())
            {
                foreach (var record in scope.GetProperty("logRecords").EnumerateArray())
                {
                    records.Add(Read(record));
                }
            }
        }

        return records;
    }

    private static OtlpRecord Read(JsonElement record)
    {
        Dictionary<string, string> attributes = [];
        foreach (var attribute in record.GetProperty("attributes").EnumerateArray())
        {
            attributes.Add(attribute.GetProperty("key").GetString()!, attribute.GetProperty("value").EnumerateObject().First().Value.ToString());
        }

        var read = new OtlpRecord(attributes[UidAttribute], record.GetProperty("eventName").GetString()!, record.GetProperty("timeUnixNano").GetString()!, record.GetRawText());
        foreach (var (key, value) in attributes)
        {
            read._attributes.Add(key, value);
        }

        return read;
    }
}
