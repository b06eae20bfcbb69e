using System.Globalization;
using System.Text.RegularExpressions;

namespace PriceCalculator.Update.LiteLlm;

/// <summary>A price field of LiteLLM in the catalog's terms.</summary>
/// <param name="Class">The price class.</param>
/// <param name="Service">The service tier; null for the standard one.</param>
/// <param name="Over">The input that a call must be over; null for the base.</param>
/// <param name="Shift">Powers of ten to the catalog's unit.</param>
internal sealed record LiteLlmPrice(string Class, string? Service, long? Over, int Shift);

/// <summary>What each field of LiteLLM's format is: a price that is carried, another unit, without effect, or not known.</summary>
internal static partial class LiteLlmFields
{
    private static readonly Dictionary<string, string> Tokens = new()
    {
        ["input_cost_per_token"] = "in",
        ["output_cost_per_token"] = "out",
        ["cache_read_input_token_cost"] = "cacheRead",
        ["input_cost_per_token_cache_hit"] = "cacheRead",
        ["cache_creation_input_token_cost"] = "cacheWrite",
        ["cache_creation_input_token_cost_above_1hr"] = "cacheWrite1h",
        ["output_cost_per_reasoning_token"] = "reasoning",
        ["citation_cost_per_token"] = "citation",
        ["input_cost_per_audio_token"] = "audioIn",
        ["output_cost_per_audio_token"] = "audioOut",
        ["cache_read_input_audio_token_cost"] = "audioCacheRead",
        ["input_cost_per_image_token"] = "imageIn",
        ["output_cost_per_image_token"] = "imageOut",
        ["cache_read_input_image_token_cost"] = "imageCacheRead",
        ["input_cost_per_video_token"] = "videoIn",
        ["output_cost_per_video_token"] = "videoOut",
    };

    private static readonly HashSet<string> WithoutEffect =
    [
        "litellm_provider", "mode", "source", "comment", "metadata", "max_tokens", "max_input_tokens", "max_output_tokens",
        "max_query_tokens", "max_document_chunks_per_query", "max_tokens_per_document_chunk", "max_images_per_prompt",
        "max_videos_per_prompt", "max_video_length", "max_audio_length_hours", "max_audio_per_prompt", "max_pdf_size_mb",
        "output_vector_size", "rpm", "tpm", "rpd", "tool_use_system_prompt_tokens", "prompt_cache_min_tokens",
        "audio_transcription_config", "reasoning_effort_levels", "default_reasoning_effort", "vertex_ai_audio_api",
        "bedrock_output_config_effort_ceiling", "deprecation_date",
    ];

    // The library counts web searches and no other tool, so no entry of it can bill these.
    private static readonly HashSet<string> ToolFees =
    [
        "code_interpreter_cost_per_session", "file_search_cost_per_1k_calls", "file_search_cost_per_gb_per_day",
        "vector_store_cost_per_gb_per_day", "google_maps_grounding_cost_per_query",
    ];

    // Another unit of the same thing. Where the thing's tokens have a price, that one holds.
    private static readonly (string Start, string Tokens)[] OtherUnits =
    [
        ("input_cost_per_audio_per_second", "audioIn"),
        ("input_cost_per_second", "audioIn"),
        ("output_cost_per_second", "audioOut"),
        ("input_cost_per_image", "imageIn"),
        ("output_cost_per_image", "imageOut"),
        ("input_cost_per_video_per_second", "videoIn"),
        ("output_cost_per_video_per_second", "videoOut"),
    ];

    /// <summary>The price by token or by request that a field is; null when it is none.</summary>
    public static LiteLlmPrice? Price(string field, bool isReranking)
    {
        if (field == "input_cost_per_request" || (field == "input_cost_per_query" && isReranking))
        {
            return new LiteLlmPrice(field == "input_cost_per_request" ? "request" : "rerank", null, null, ExactNumber.PerThousand);
        }

        var match = Qualified().Match(field);
        var service = match.Groups["service"].Value switch { "" => null, "flex" => "flex", "priority" => "priority", _ => "batch" };
        long? over = match.Groups["over"].Success
            ? long.Parse(match.Groups["over"].Value, CultureInfo.InvariantCulture) * 1_000
            : null;
        return Tokens.TryGetValue(match.Groups["name"].Value, out var priceClass)
            ? new LiteLlmPrice(priceClass, service, over, ExactNumber.PerMillion)
            : null;
    }

    public static bool HasNoEffect(string field)
    {
        return WithoutEffect.Contains(field) || field.StartsWith("supports_", StringComparison.Ordinal)
            || field.StartsWith("supported_", StringComparison.Ordinal);
    }

    public static bool IsToolFee(string field) => ToolFees.Contains(field);

    /// <summary>The class of tokens that a field prices in another unit; null when it does not.</summary>
    public static string? OtherUnitOf(string field)
    {
        return Array.Find(OtherUnits, u => field.StartsWith(u.Start, StringComparison.Ordinal)).Tokens;
    }

    [GeneratedRegex("^(?<name>.+?)(_above_(?<over>[0-9]{1,9})k_tokens)?(_(?<service>batches|batch_requests|flex|priority))?$", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture)]
    private static partial Regex Qualified();
}
