using System.Text.Json;

namespace LlmObservability.Postgres;

/// <summary>The jsonb columns, written and read without reflection.</summary>
internal static class PostgresJson
{
    /// <summary>Own tags as an object of texts; null when there are none.</summary>
    public static void Tags(PostgresRowBuffer row, IReadOnlyList<KeyValuePair<string, string>> tags)
    {
        if (tags.Count == 0)
        {
            row.Null();
            return;
        }

        row.Json(tags, static (writer, tags) =>
        {
            for (var i = 0; i < tags.Count; i++)
            {
                writer.WriteString(StorableText.Clean(tags[i].Key), StorableText.Clean(tags[i].Value));
            }
        });
    }

    public static LlmTags Tags(string? json, LlmTags firstClass)
    {
        if (json is null)
        {
            return firstClass;
        }

        using var document = JsonDocument.Parse(json);
        return new LlmTags(document.RootElement.EnumerateObject()
            .Select(tag => KeyValuePair.Create(tag.Name, tag.Value.GetString() ?? string.Empty)))
        {
            User = firstClass.User,
            Tenant = firstClass.Tenant,
            Session = firstClass.Session,
            Conversation = firstClass.Conversation,
            Episode = firstClass.Episode,
            Route = firstClass.Route,
            Feature = firstClass.Feature,
            Config = firstClass.Config,
            Variant = firstClass.Variant,
            Environment = firstClass.Environment,
            Service = firstClass.Service,
            ServiceVersion = firstClass.ServiceVersion,
        };
    }

    /// <summary>The rare token classes that are not 0; null when there is no detail.</summary>
    public static void Detail(PostgresRowBuffer row, LlmTokenDetail? detail)
    {
        if (detail is null)
        {
            row.Null();
            return;
        }

        row.Json(detail, static (writer, detail) =>
        {
            Count(writer, "audio_input", detail.AudioInput);
            Count(writer, "image_input", detail.ImageInput);
            Count(writer, "video_input", detail.VideoInput);
            Count(writer, "audio_cache_read", detail.AudioCacheRead);
            Count(writer, "image_cache_read", detail.ImageCacheRead);
            Count(writer, "audio_output", detail.AudioOutput);
            Count(writer, "image_output", detail.ImageOutput);
            Count(writer, "video_output", detail.VideoOutput);
            Count(writer, "citation", detail.Citation);
        });
    }

    public static LlmTokenDetail? Detail(string? json)
    {
        if (json is null)
        {
            return null;
        }

        using var document = JsonDocument.Parse(json);
        var root = document.RootElement;
        long Count(string name) => root.TryGetProperty(name, out var value) ? value.GetInt64() : 0;
        return new LlmTokenDetail
        {
            AudioInput = Count("audio_input"),
            ImageInput = Count("image_input"),
            VideoInput = Count("video_input"),
            AudioCacheRead = Count("audio_cache_read"),
            ImageCacheRead = Count("image_cache_read"),
            AudioOutput = Count("audio_output"),
            ImageOutput = Count("image_output"),
            VideoOutput = Count("video_output"),
            Citation = Count("citation"),
        };
    }

    private static void Count(Utf8JsonWriter writer, string name, long count)
    {
        if (count != 0)
        {
            writer.WriteNumber(name, count);
        }
    }
}
