using System.Buffers;
using System.Text;
using System.Text.Json;

namespace LlmObservability.OpenTelemetry.Compatibility;

/// <summary>A call's tags in the forms in which back ends take them.</summary>
internal static class TagTexts
{
    /// <summary>
    /// Tags by which traces are filtered, as <c>key:value</c>. Not those that have a place of their own, nor those whose
    /// values may be without end, as an application's own may: they would fill the back end's list.
    /// </summary>
    public static string[]? Labels(LlmTags tags)
    {
        List<string>? labels = null;
        Add("tenant", tags.Tenant);
        Add("route", tags.Route);
        Add("feature", tags.Feature);
        Add("config", tags.Config);
        Add("variant", tags.Variant);
        return labels?.ToArray();

        void Add(string key, string? value)
        {
            if (value is not null)
            {
                (labels ??= []).Add(key + ":" + value);
            }
        }
    }

    /// <summary>All tags but user and session, which are attributes by themselves.</summary>
    public static IEnumerable<KeyValuePair<string, string>> Metadata(LlmTags tags)
    {
        (string Key, string? Value)[] firstClass =
        [
            ("tenant", tags.Tenant), ("conversation", tags.Conversation), ("episode", tags.Episode), ("route", tags.Route),
            ("feature", tags.Feature), ("config", tags.Config), ("variant", tags.Variant), ("environment", tags.Environment),
            ("service", tags.Service), ("service_version", tags.ServiceVersion),
        ];
        foreach (var (key, value) in firstClass)
        {
            if (value is not null)
            {
                yield return new(key, value);
            }
        }

        foreach (var tag in tags.Custom)
        {
            yield return tag;
        }
    }

    /// <summary>A JSON object that the action fills.</summary>
    public static string Json(Action<Utf8JsonWriter> fill)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer))
        {
            writer.WriteStartObject();
            fill(writer);
            writer.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }
}
