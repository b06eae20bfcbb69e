namespace LlmObservability.Throughput.Analytics.Generation;

/// <summary>A model as it answers: names, prices in nano-dollars a token, pace.</summary>
internal sealed record ModelProfile(string Provider, string RequestModel, string ResponseModel, string Server, string ResponsePrefix)
{
    public long InputNanos { get; init; }

    public long CacheReadNanos { get; init; }

    public long CacheWriteNanos { get; init; }

    public long OutputNanos { get; init; }

    /// <summary>In milliseconds.</summary>
    public double MedianFirstToken { get; init; } = 500;

    public double TokensPerSecond { get; init; } = 80;

    /// <summary>Reasoning tokens of the middle call; 0 for a model that does not reason.</summary>
    public int MedianReasoning { get; init; }

    public bool Embeds { get; init; }

    public string PriceEntry { get; } = Provider + "/" + RequestModel;

    /// <summary>The most used first; the last one embeds.</summary>
    public static IReadOnlyList<ModelProfile> All { get; } =
    [
        new("openai", "gpt-4o-mini", "gpt-4o-mini-2024-07-18", "api.openai.com", "chatcmpl-")
        {
            InputNanos = 150, CacheReadNanos = 75, OutputNanos = 600, MedianFirstToken = 420, TokensPerSecond = 95,
        },
        new("anthropic", "claude-sonnet-4-5", "claude-sonnet-4-5-20250929", "api.anthropic.com", "msg_01")
        {
            InputNanos = 3_000, CacheReadNanos = 300, CacheWriteNanos = 3_750, OutputNanos = 15_000, MedianFirstToken = 900, TokensPerSecond = 62,
        },
        new("gcp.gemini", "gemini-2.5-flash", "gemini-2.5-flash", "generativelanguage.googleapis.com", "")
        {
            InputNanos = 300, CacheReadNanos = 30, OutputNanos = 2_500, MedianFirstToken = 380, TokensPerSecond = 160, MedianReasoning = 250,
        },
        new("openai", "gpt-4.1", "gpt-4.1-2025-04-14", "api.openai.com", "chatcmpl-")
        {
            InputNanos = 2_000, CacheReadNanos = 500, OutputNanos = 8_000, MedianFirstToken = 560, TokensPerSecond = 85,
        },
        new("openai", "gpt-5-mini", "gpt-5-mini", "api.openai.com", "resp_")
        {
            InputNanos = 250, CacheReadNanos = 25, OutputNanos = 2_000, MedianFirstToken = 1_900, TokensPerSecond = 110, MedianReasoning = 400,
        },
        new("azure.ai.openai", "gpt-4o", "gpt-4o", "shop-eu.openai.azure.com", "chatcmpl-")
        {
            InputNanos = 2_500, CacheReadNanos = 1_250, OutputNanos = 10_000, MedianFirstToken = 620, TokensPerSecond = 70,
        },
        new("anthropic", "claude-haiku-4-5", "claude-haiku-4-5", "api.anthropic.com", "msg_01")
        {
            InputNanos = 1_000, CacheReadNanos = 100, CacheWriteNanos = 1_250, OutputNanos = 5_000, MedianFirstToken = 450, TokensPerSecond = 130,
        },
        new("openai", "text-embedding-3-small", "text-embedding-3-small", "api.openai.com", "")
        {
            InputNanos = 20, MedianFirstToken = 120, Embeds = true,
        },
    ];
}
