using Microsoft.Extensions.AI;

namespace LlmObservability;

/// <summary>
/// Turns the usage that an adapter reports into disjoint token classes. Adapters differ in whether the input count
/// contains what came from a cache, and the output count what was spent on reasoning; the rules are those of the
/// adapters' versions of August 2026.
/// </summary>
internal static class UsageNormalizer
{
    /// <summary>
    /// No call has a trillion tokens: what is above is a mistake, and must not make the sums of a summary overflow.
    /// </summary>
    internal const long MaxCount = 1_000_000_000_000;

    private enum Adapter
    {
        /// <summary>Input contains cached tokens, output contains reasoning: OpenAI, Azure, Anthropic, Ollama.</summary>
        Inclusive,

        /// <summary>Reasoning stands beside the output.</summary>
        Google,

        /// <summary>Cache reads and writes stand beside the input.</summary>
        Bedrock,

        /// <summary>The total tells whether reasoning stands beside the output.</summary>
        Unknown,
    }

    /// <inheritdoc cref="Normalize(in ReportedUsage, long, long, string?, out bool, out bool)"/>
    internal static LlmTokens Normalize(UsageDetails? usage, string? provider, out bool invalid, out bool incomplete) =>
        Normalize(new ReportedUsage(usage), provider, out invalid, out incomplete);

    /// <inheritdoc cref="Normalize(in ReportedUsage, long, long, string?, out bool, out bool)"/>
    internal static LlmTokens Normalize(in ReportedUsage usage, string? provider, out bool invalid, out bool incomplete) =>
        Normalize(usage, usage.CacheWrite, usage.CacheWrite1h, provider, out invalid, out incomplete);

    /// <summary>Normalises a usage.</summary>
    /// <param name="usage">What the adapter reported.</param>
    /// <param name="write">The tokens written to a cache, in the place of those that <paramref name="usage"/> has.</param>
    /// <param name="write1h">Those of them that are kept for an hour.</param>
    /// <param name="provider">The provider's name as the client gives it.</param>
    /// <param name="invalid">
    /// The counts contradict each other. The totals are kept, as uncached input and visible output; nothing is negative.
    /// </param>
    /// <param name="incomplete">Exactly one of the input and output counts was reported; the other is taken as 0.</param>
    /// <returns>The tokens; missing when neither count was reported.</returns>
    internal static LlmTokens Normalize(
        in ReportedUsage usage, long write, long write1h, string? provider, out bool invalid, out bool incomplete)
    {
        invalid = false;
        incomplete = false;
        if (!usage.HasInput && !usage.HasOutput)
        {
            return default;
        }

        incomplete = !usage.HasInput || !usage.HasOutput;
        var plain = usage.CacheRead | write | write1h | usage.ToolUsePrompt | usage.Reasoning | usage.AudioInput | usage.AudioOutput
            | usage.ImageInput;
        if (plain == 0 && (usage.Input | usage.Output) >= 0 && usage.Input <= MaxCount && usage.Output <= MaxCount)
        {
            // The common call: nothing stands beside or inside the two counts, so the adapter does not matter.
            return new LlmTokens { Source = LlmUsageSource.Reported, UncachedInput = usage.Input, VisibleOutput = usage.Output };
        }

        var adapter = AdapterOf(provider);
        var (baseInput, baseOutput) = (usage.Input, usage.Output);
        var (read, toolUse) = (usage.CacheRead, usage.ToolUsePrompt);
        var (reasoning, audioInput, audioOutput, imageInput) = (usage.Reasoning, usage.AudioInput, usage.AudioOutput, usage.ImageInput);

        var beside = adapter == Adapter.Google
            || (adapter == Adapter.Unknown && reasoning > 0 && usage.HasTotal
                && usage.Total == (Int128)baseInput + baseOutput + reasoning);
        var input = (Int128)baseInput + toolUse + (adapter == Adapter.Bedrock ? (Int128)read + write : 0);
        var output = (Int128)baseOutput + (beside ? reasoning : 0);
        var anyNegative = (baseInput | baseOutput | read | write | write1h | toolUse | reasoning | audioInput | audioOutput | imageInput) < 0;

        // Cached audio is counted as cached and as audio, and no adapter says how much: take no more than must be. The same of images.
        var uncached = input - read - write - audioInput - imageInput;
        var cachedAudio = uncached < 0 ? Int128.Min(-uncached, Int128.Min(read, audioInput)) : 0;
        uncached += cachedAudio;
        var cachedImage = uncached < 0 ? Int128.Min(-uncached, Int128.Min(read - cachedAudio, imageInput)) : 0;
        uncached += cachedImage;
        var visible = output - reasoning - audioOutput;
        if (anyNegative || write1h > write || uncached < 0 || visible < 0 || input > MaxCount || output > MaxCount)
        {
            invalid = true;
            return new LlmTokens
            {
                Source = LlmUsageSource.Reported,
                UncachedInput = Clamp(anyNegative ? baseInput : input),
                VisibleOutput = Clamp(anyNegative ? baseOutput : output),
            };
        }

        return new LlmTokens
        {
            Source = LlmUsageSource.Reported,
            UncachedInput = (long)uncached,
            CacheRead = read - (long)cachedAudio - (long)cachedImage,
            CacheWrite5m = write - write1h,
            CacheWrite1h = write1h,
            VisibleOutput = (long)visible,
            Reasoning = reasoning,
            Detail = (audioInput | audioOutput | imageInput) == 0
                ? null
                : new LlmTokenDetail
                {
                    AudioInput = audioInput - (long)cachedAudio,
                    AudioCacheRead = (long)cachedAudio,
                    AudioOutput = audioOutput,
                    ImageInput = imageInput - (long)cachedImage,
                    ImageCacheRead = (long)cachedImage,
                },
        };
    }

    /// <summary>How many web searches the provider says it made; 0 when it does not say.</summary>
    internal static int WebSearches(in ReportedUsage usage) => (int)Math.Clamp(usage.WebSearches, 0, int.MaxValue);

    private static long Clamp(Int128 count) => (long)Int128.Clamp(count, 0, MaxCount);

    private static Adapter AdapterOf(string? provider)
    {
        if (string.IsNullOrWhiteSpace(provider))
        {
            return Adapter.Unknown;
        }

        if (Has(provider, "bedrock") || provider.Equals("aws", StringComparison.OrdinalIgnoreCase))
        {
            return Adapter.Bedrock;
        }

        if (Has(provider, "google") || Has(provider, "gemini") || Has(provider, "vertex") || Has(provider, "gcp."))
        {
            return Adapter.Google;
        }

        return Has(provider, "openai") || Has(provider, "azure") || Has(provider, "az.ai") || Has(provider, "anthropic")
            || Has(provider, "ollama")
                ? Adapter.Inclusive
                : Adapter.Unknown;
    }

    private static bool Has(string text, string part) => text.Contains(part, StringComparison.OrdinalIgnoreCase);
}
