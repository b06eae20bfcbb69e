using System.Globalization;
using System.Text.Json;

namespace LlmObservability.OpenTelemetry.Tests.Compatibility;

/// <summary>How Langfuse counts a span: the details given, else what the conventions' attributes add up to.</summary>
internal static class LangfuseSums
{
    public static Dictionary<string, decimal> Usage(IReadOnlyDictionary<string, object?> span)
    {
        if (span.GetValueOrDefault("langfuse.observation.usage_details") is string details)
        {
            return JsonSerializer.Deserialize<Dictionary<string, decimal>>(details)!.Where(pair => pair.Key != "total").ToDictionary();
        }

        var counts = span.Where(pair => (pair.Key.StartsWith("gen_ai.usage.", StringComparison.Ordinal) && pair.Key != "gen_ai.usage.cost")
                || pair.Key.StartsWith("llm.token_count.", StringComparison.Ordinal))
            .GroupBy(pair => Known(pair.Key)).ToDictionary(group => group.Key, group => Convert.ToDecimal(group.First().Value, CultureInfo.InvariantCulture));
        counts.Remove("total");
        Subtract("input", "input_cached_tokens", "input_cache_creation");
        Subtract("output", "output_reasoning_tokens");
        return counts;

        void Subtract(string whole, params string[] parts)
        {
            if (counts.TryGetValue(whole, out var count))
            {
                counts[whole] = Math.Max(0, count - parts.Sum(part => counts.GetValueOrDefault(part)));
            }
        }
    }

    /// <summary>What it shows as input and output: the classes with one of these in their names.</summary>
    public static decimal InAndOut(IReadOnlyDictionary<string, object?> span) => Usage(span)
        .Where(usage => usage.Key.Contains("input", StringComparison.Ordinal) || usage.Key.Contains("output", StringComparison.Ordinal)).Sum(usage => usage.Value);

    public static double Cost(IReadOnlyDictionary<string, object?> span) =>
        span.GetValueOrDefault("langfuse.observation.cost_details") is string details
            ? (double)JsonSerializer.Deserialize<Dictionary<string, decimal>>(details)!["total"]
            : (double)(span.GetValueOrDefault("gen_ai.usage.cost") ?? span.GetValueOrDefault("llm.cost.total") ?? 0.0);

    private static string Known(string key) => key switch
    {
        "gen_ai.usage.input_tokens" or "llm.token_count.prompt" => "input",
        "gen_ai.usage.output_tokens" or "llm.token_count.completion" => "output",
        "llm.token_count.total" => "total",
        "gen_ai.usage.cache_read.input_tokens" or "llm.token_count.prompt_details.cache_read" => "input_cached_tokens",
        "gen_ai.usage.cache_creation.input_tokens" or "llm.token_count.prompt_details.cache_write" => "input_cache_creation",
        "gen_ai.usage.reasoning.output_tokens" or "llm.token_count.completion_details.reasoning" => "output_reasoning_tokens",
        _ => key,
    };
}
