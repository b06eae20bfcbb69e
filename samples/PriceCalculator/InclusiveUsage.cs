using LlmObservability;

namespace PriceCalculator;

/// <summary>
/// Token counts as providers print them, by name: <c>input</c> holds every other input count, <c>output</c> every other
/// output count, <c>cache_write</c> holds <c>cache_write_1h</c>, and cached audio is part of both the audio and the cached.
/// </summary>
internal sealed class InclusiveUsage
{
    public const string WebSearches = "web_searches";

    /// <summary>Every count there is.</summary>
    public static readonly IReadOnlyList<string> Names =
    [
        "input", "cache_read", "cache_write", "cache_write_1h", "input_audio", "input_image", "input_video", "cache_read_audio",
        "cache_read_image", "output", "reasoning", "citation", "output_audio", "output_image", "output_video", WebSearches,
    ];

    // Sums of every count stay in 64 bits.
    public const long MaxCount = long.MaxValue >> 8;

    private readonly Dictionary<string, long> _counts = [];

    public long this[string name]
    {
        get => _counts.GetValueOrDefault(name);
        set => _counts[name] = value;
    }

    public bool Has(string name) => _counts.ContainsKey(name);

    /// <summary>The disjoint classes; one below zero where the counts contradict each other, which is priced as invalid usage.</summary>
    public LlmTokens ToTokens()
    {
        var (read, write, write1h) = (this["cache_read"], this["cache_write"], this["cache_write_1h"]);
        var (audio, image, video) = (this["input_audio"], this["input_image"], this["input_video"]);
        var (audioRead, imageRead) = (this["cache_read_audio"], this["cache_read_image"]);
        var detail = new LlmTokenDetail
        {
            AudioInput = audio - audioRead,
            ImageInput = image - imageRead,
            VideoInput = video,
            AudioCacheRead = audioRead,
            ImageCacheRead = imageRead,
            AudioOutput = this["output_audio"],
            ImageOutput = this["output_image"],
            VideoOutput = this["output_video"],
            Citation = this["citation"],
        };
        return new LlmTokens
        {
            Source = LlmUsageSource.Reported,
            UncachedInput = this["input"] - read - write - audio - image - video + audioRead + imageRead,
            CacheRead = read - audioRead - imageRead,
            CacheWrite5m = write - write1h,
            CacheWrite1h = write1h,
            VisibleOutput = this["output"] - this["reasoning"] - detail.TotalOutput,
            Reasoning = this["reasoning"],
            Detail = detail == new LlmTokenDetail() ? null : detail,
        };
    }
}
