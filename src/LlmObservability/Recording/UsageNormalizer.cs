using Microsoft.Extensions.AI;

namespace LlmObservability;

/// <summary>
/// Turns the usage that an adapter reports into disjoint token classes. Adapters differ in whether the input count
/// contains what came from a cache, and the output count what was spent on reasoning; the rules are those of the
/// adapters' versions of August 2026.
/// </summary>
internal static class UsageNormalizer
{
    private const string CacheReadKey = "CacheReadInputTokens";
    private const string CacheCreationKey = "CacheCreationInputTokens";
    private const string CacheWriteKey = "CacheWriteInputTokens";
    private const string ToolUsePromptKey = "ToolUsePromptTokenCount";
    private const string AudioInputKey = "InputTokenDetails.AudioTokenCount";
    private const string AudioOutputKey = "OutputTokenDetails.AudioTokenCount";
    private const string WebSearchKey = "WebSearchRequests";

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

    /// <summary>Copies and normalises a usage; keeps no reference to it.</summary>
    /// <param name="usage">What the adapter reported, or null.</param>
    /// <param name="provider">The provider's name as the client gives it.</param>
    /// <param name="invalid">
    /// The counts contradict each other. The totals are kept, as uncached input and visible output; nothing is negative.
    /// </param>
    /// <param name="incomplete">Exactly one of the input and output counts was reported; the other is taken as 0.</param>
    /// <returns>The tokens; missing when neither count was reported.</returns>
    internal static LlmTokens Normalize(UsageDetails? usage, string? provider, out bool invalid, out bool incomplete)
    {
        invalid = false;
        incomplete = false;
        if (usage is null || (usage.InputTokenCount is null && usage.OutputTokenCount is null))
        {
            return default;
        }

        incomplete = usage.InputTokenCount is null || usage.OutputTokenCount is null;
        var adapter = AdapterOf(provider);
        var baseInput = usage.InputTokenCount ?? 0;
        var baseOutput = usage.OutputTokenCount ?? 0;
        var more = usage.AdditionalCounts;
        var read = usage.CachedInputTokenCount ?? Get(more, CacheReadKey) ?? 0;
        var write = Get(more, CacheCreationKey) ?? Get(more, CacheWriteKey) ?? 0;
        var toolUse = Get(more, ToolUsePromptKey) ?? 0;
        var reasoning = usage.ReasoningTokenCount ?? 0;
        var audioInput = usage.InputAudioTokenCount ?? Get(more, AudioInputKey) ?? 0;
        var audioOutput = usage.OutputAudioTokenCount ?? Get(more, AudioOutputKey) ?? 0;

        var beside = adapter == Adapter.Google
            || (adapter == Adapter.Unknown && reasoning > 0 && usage.TotalTokenCount is { } total
                && (Int128)total == (Int128)baseInput + baseOutput + reasoning);
        var input = (Int128)baseInput + toolUse + (adapter == Adapter.Bedrock ? (Int128)read + write : 0);
        var output = (Int128)baseOutput + (beside ? reasoning : 0);
        var anyNegative = (baseInput | baseOutput | read | write | toolUse | reasoning | audioInput | audioOutput) < 0;

        // Cached audio is counted as cached and as audio, and no adapter says how much: take no more than must be.
        var uncached = input - read - write - audioInput;
        var cachedAudio = uncached < 0 ? Int128.Min(-uncached, Int128.Min(read, audioInput)) : 0;
        uncached += cachedAudio;
        var visible = output - reasoning - audioOutput;
        if (anyNegative || uncached < 0 || visible < 0 || input > long.MaxValue || output > long.MaxValue)
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
            CacheRead = read - (long)cachedAudio,
            CacheWrite5m = write,
            VisibleOutput = (long)visible,
            Reasoning = reasoning,
            Detail = (audioInput | audioOutput) == 0
                ? null
                : new LlmTokenDetail
                {
                    AudioInput = audioInput - (long)cachedAudio,
                    AudioCacheRead = (long)cachedAudio,
                    AudioOutput = audioOutput,
                },
        };
    }

    /// <summary>How many web searches the provider says it made; 0 when it does not say.</summary>
    internal static int WebSearches(UsageDetails? usage)
    {
        return (int)Math.Clamp(Get(usage?.AdditionalCounts, WebSearchKey) ?? 0, 0, int.MaxValue);
    }

    private static long Clamp(Int128 count) => (long)Int128.Clamp(count, 0, long.MaxValue);

    private static long? Get(AdditionalPropertiesDictionary<long>? counts, string key)
    {
        return counts is not null && counts.TryGetValue(key, out var count) ? count : null;
    }

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
