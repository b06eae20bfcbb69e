using System.Text.Json;

namespace LlmObservability.Sinks;

/// <summary>The rare token classes while an envelope is read.</summary>
internal sealed class TokenDetailFields : IEnvelopeFields
{
    public LlmTokenDetail Detail { get; private set; } = new();

    public bool TryRead(scoped ReadOnlySpan<char> name, ref Utf8JsonReader json)
    {
        switch (name)
        {
            case "audio_input": Detail = Detail with { AudioInput = JsonValues.Count(ref json) }; break;
            case "image_input": Detail = Detail with { ImageInput = JsonValues.Count(ref json) }; break;
            case "video_input": Detail = Detail with { VideoInput = JsonValues.Count(ref json) }; break;
            case "audio_cache_read": Detail = Detail with { AudioCacheRead = JsonValues.Count(ref json) }; break;
            case "image_cache_read": Detail = Detail with { ImageCacheRead = JsonValues.Count(ref json) }; break;
            case "audio_output": Detail = Detail with { AudioOutput = JsonValues.Count(ref json) }; break;
            case "image_output": Detail = Detail with { ImageOutput = JsonValues.Count(ref json) }; break;
            case "video_output": Detail = Detail with { VideoOutput = JsonValues.Count(ref json) }; break;
            case "citation": Detail = Detail with { Citation = JsonValues.Count(ref json) }; break;
            default: return false;
        }

        return true;
    }
}
