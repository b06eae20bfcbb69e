namespace PriceCalculator.Update.LiteLlm;

/// <summary>What the catalog calls LiteLLM's providers and models.</summary>
internal static class LiteLlmNames
{
    private static readonly Dictionary<string, string> Providers = new(StringComparer.OrdinalIgnoreCase)
    {
        ["anthropic"] = "anthropic",
        ["azure"] = "azure-openai",
        ["azure_ai"] = "azure-openai",
        ["azure_text"] = "azure-openai",
        ["bedrock"] = "aws-bedrock",
        ["bedrock_converse"] = "aws-bedrock",
        ["bedrock_mantle"] = "aws-bedrock",
        ["cerebras"] = "cerebras",
        ["codestral"] = "mistral",
        ["cohere"] = "cohere",
        ["cohere_chat"] = "cohere",
        ["deepseek"] = "deepseek",
        ["fireworks_ai"] = "fireworks",
        ["fireworks_ai-embedding-models"] = "fireworks",
        ["gemini"] = "google",
        ["groq"] = "groq",
        ["minimax"] = "minimax",
        ["mistral"] = "mistral",
        ["moonshot"] = "moonshot",
        ["novita"] = "novita",
        ["openai"] = "openai",
        ["openrouter"] = "openrouter",
        ["perplexity"] = "perplexity",
        ["text-completion-codestral"] = "mistral",
        ["text-completion-openai"] = "openai",
        ["together_ai"] = "together",
        ["vertex_ai"] = "google",
        ["voyage"] = "voyage",
        ["xai"] = "xai",
        ["zai"] = "zai",
    };

    // Only these name models as maker/model; elsewhere what stands before a slash is a region, a size or a quality.
    private static readonly HashSet<string> WithMakers = ["fireworks", "google", "novita", "openrouter", "together"];

    /// <summary>The catalog's provider; null when it has none for this one.</summary>
    public static string? Provider(string liteLlmProvider)
    {
        // Vertex AI is told apart by the maker of its models: vertex_ai-llama_models and so on.
        var name = liteLlmProvider.StartsWith("vertex_ai", StringComparison.OrdinalIgnoreCase) ? "vertex_ai" : liteLlmProvider;
        return Providers.GetValueOrDefault(name);
    }

    /// <summary>The model's own name: without the provider before it, in lower case.</summary>
    public static string Model(string key, string provider)
    {
        var slash = key.IndexOf('/', StringComparison.Ordinal);
        var own = slash > 0 && slash < key.Length - 1 && Provider(key[..slash]) == provider ? key[(slash + 1)..] : key;
        return own.ToLowerInvariant();
    }

    /// <summary>The name is of a region, size, quality or class of models: no provider answers under it.</summary>
    public static bool IsVariant(string provider, string model)
    {
        return (model.Contains('/', StringComparison.Ordinal) && !WithMakers.Contains(provider))
            || model.StartsWith("fireworks-ai-", StringComparison.Ordinal) || model.StartsWith("together-ai-", StringComparison.Ordinal);
    }
}
