namespace LlmObservability;

/// <summary>
/// The tokens of one call: inclusive totals as the GenAI conventions count them (<see cref="Input"/> contains what was
/// read from or written to a cache, <see cref="Output"/> contains reasoning), and the disjoint classes they add up from.
/// </summary>
/// <remarks>
/// <c>Input = UncachedInput + CacheRead + CacheWrite5m + CacheWrite1h + Detail.TotalInput</c> and
/// <c>Output = VisibleOutput + Reasoning + Detail.TotalOutput</c>. Counts are ≥ 0; all are 0 when
/// <see cref="Source"/> is <see cref="LlmUsageSource.Missing"/>, and stores keep them as NULL then.
/// </remarks>
public readonly record struct LlmTokens
{
    /// <summary>Whether the counts were reported, estimated, or are missing.</summary>
    public LlmUsageSource Source { get; init; }

    /// <summary>Input tokens neither read from nor written to a cache, without those of <see cref="Detail"/>.</summary>
    public long UncachedInput { get; init; }

    /// <summary>Input tokens read from the provider's prompt cache.</summary>
    public long CacheRead { get; init; }

    /// <summary>Input tokens written to the prompt cache for 5 minutes, or for the provider's only lifetime.</summary>
    public long CacheWrite5m { get; init; }

    /// <summary>Input tokens written to the prompt cache for 1 hour.</summary>
    public long CacheWrite1h { get; init; }

    /// <summary>Output tokens that are not reasoning, without those of <see cref="Detail"/>.</summary>
    public long VisibleOutput { get; init; }

    /// <summary>Output tokens spent on reasoning.</summary>
    public long Reasoning { get; init; }

    /// <summary>The rare classes (audio, image, video, citation), or null when there are none.</summary>
    public LlmTokenDetail? Detail { get; init; }

    /// <summary>All input tokens, cached ones included (<c>gen_ai.usage.input_tokens</c>).</summary>
    public long Input => UncachedInput + CacheRead + CacheWrite5m + CacheWrite1h + (Detail?.TotalInput ?? 0);

    /// <summary>All output tokens, reasoning included (<c>gen_ai.usage.output_tokens</c>).</summary>
    public long Output => VisibleOutput + Reasoning + (Detail?.TotalOutput ?? 0);

    /// <summary>All that was read from a cache, audio and images too (<c>gen_ai.usage.cache_read.input_tokens</c>).</summary>
    internal long AllCacheRead => CacheRead + (Detail is { } detail ? detail.AudioCacheRead + detail.ImageCacheRead : 0);
}
