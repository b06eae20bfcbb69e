using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using LlmObservability.Sinks;

namespace LlmObservability.Postgres;

/// <summary>The jsonb columns, written and read without reflection.</summary>
internal static class PostgresJson
{
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Own tags as an object of texts; null when there are none.</summary>
    public static string? Tags(IReadOnlyList<KeyValuePair<string, string>> tags)
    {
        return tags.Count == 0 ? null : Write(tags, static (writer, tags) =>
        {
            foreach (var (key, value) in tags)
            {
                writer.WriteString(PostgresText.Clean(key), PostgresText.Clean(value));
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
    public static string? Detail(LlmTokenDetail? detail)
    {
        return detail is null ? null : Write(detail, static (writer, detail) =>
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

    /// <summary>What is kept of an envelope that was put aside.</summary>
    public static string Rejected(LlmEnvelope envelope)
    {
        return Write(envelope, static (writer, envelope) =>
        {
            writer.WriteString("kind", KindName(envelope));
            writer.WriteString("call_id", envelope.CallId);
            writer.WriteString("started_at", envelope.CallStartedAt);
            if (envelope is LlmCallEnvelope { Call: var call })
            {
                writer.WriteString("model", PostgresText.Clean(call.Model));
                writer.WriteString("outcome", call.Outcome.ToName());
                writer.WriteNumber("duration_us", call.Duration.Ticks / TimeSpan.TicksPerMicrosecond);
                if (call.Cost is { } cost)
                {
                    writer.WriteNumber("cost_nanos", cost.TotalNanos);
                }
            }
            else if (envelope is LlmAmendmentEnvelope { Amendment: var amendment })
            {
                writer.WriteString("id", amendment.Id);
                writer.WriteString("amendment_kind", PostgresText.Clean(amendment.Kind));
            }
        });
    }

    public static string KindName(LlmEnvelope envelope) => envelope is LlmCallEnvelope ? "call" : "amendment";

    public static string ReasonName(LlmDropReason reason) => reason == LlmDropReason.OutsideWindow ? "outside_window" : "poison";

    private static void Count(Utf8JsonWriter writer, string name, long count)
    {
        if (count != 0)
        {
            writer.WriteNumber(name, count);
        }
    }

    private static string Write<TState>(TState state, Action<Utf8JsonWriter, TState> write)
    {
        var buffer = new ArrayBufferWriter<byte>(256);
        using (var writer = new Utf8JsonWriter(buffer, Options))
        {
            writer.WriteStartObject();
            write(writer, state);
            writer.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }
}
