namespace LlmObservability.Clients.Tests.Matrix;

/// <summary>
/// The table of answers. Costs by hand, in nano-dollars a token: claude-haiku-4-5 takes 1,000 for input, 100 from the cache,
/// 1,250 to write to it and 5,000 for output; gpt-4o-mini 150, 75 and 600.
/// </summary>
internal static class AnswerScenarios
{
    public static IReadOnlyList<AnswerScenario> All { get; } =
    [
        new("text", new Answer())
        {
            Tokens = new LlmTokens { Source = LlmUsageSource.Reported, UncachedInput = 1_000, VisibleOutput = 50 },
            Nanos = Costs(anthropic: (1_000 * 1_000) + (50 * 5_000), openai: (1_000 * 150) + (50 * 600)),
        },
        new("a cost below a micro-dollar's grain", new Answer { Input = 7, Output = 1 })
        {
            Tokens = new LlmTokens { Source = LlmUsageSource.Reported, UncachedInput = 7, VisibleOutput = 1 },
            Nanos = Costs(anthropic: 7_000 + 5_000, openai: 1_050 + 600),
        },
        new("cut at the limit of tokens", new Answer { Finish = "length", Output = 1_000 })
        {
            Tokens = new LlmTokens { Source = LlmUsageSource.Reported, UncachedInput = 1_000, VisibleOutput = 1_000 },
            Nanos = Costs(anthropic: (1_000 * 1_000) + (1_000 * 5_000), openai: (1_000 * 150) + (1_000 * 600)),
        },
        new("a tool call", new Answer { Text = "", ToolCalls = 1, Finish = "tool_calls" })
        {
            Tokens = new LlmTokens { Source = LlmUsageSource.Reported, UncachedInput = 1_000, VisibleOutput = 50 },
            Nanos = Costs(anthropic: (1_000 * 1_000) + (50 * 5_000), openai: (1_000 * 150) + (50 * 600)),
        },
        new("text and three tool calls", new Answer { ToolCalls = 3, Finish = "tool_calls", Output = 120 })
        {
            Tokens = new LlmTokens { Source = LlmUsageSource.Reported, UncachedInput = 1_000, VisibleOutput = 120 },
            Nanos = Costs(anthropic: (1_000 * 1_000) + (120 * 5_000), openai: (1_000 * 150) + (120 * 600)),
        },
        new("read from the cache", new Answer { Input = 5_000, CacheRead = 4_096 })
        {
            Tokens = new LlmTokens { Source = LlmUsageSource.Reported, UncachedInput = 904, CacheRead = 4_096, VisibleOutput = 50 },
            Nanos = Costs(
                anthropic: (904 * 1_000) + (4_096 * 100) + (50 * 5_000),
                openai: (904 * 150) + (4_096 * 75) + (50 * 600)),
        },
        new("written to the cache", new Answer { Input = 5_000, CacheWrite = 3_000 })
        {
            Tokens = new LlmTokens { Source = LlmUsageSource.Reported, UncachedInput = 2_000, CacheWrite5m = 3_000, VisibleOutput = 50 },
            Nanos = Costs(anthropic: (2_000 * 1_000) + (3_000 * 1_250) + (50 * 5_000)),
        },
        new("read from the cache and written to it", new Answer { Input = 5_000, CacheRead = 1_500, CacheWrite = 3_000 })
        {
            Tokens = new LlmTokens { Source = LlmUsageSource.Reported, UncachedInput = 500, CacheRead = 1_500, CacheWrite5m = 3_000, VisibleOutput = 50 },
            Nanos = Costs(anthropic: (500 * 1_000) + (1_500 * 100) + (3_000 * 1_250) + (50 * 5_000)),
        },
        new("reasoning", new Answer { Output = 400, Reasoning = 320 })
        {
            Tokens = new LlmTokens { Source = LlmUsageSource.Reported, UncachedInput = 1_000, VisibleOutput = 80, Reasoning = 320 },
            Nanos = Costs(anthropic: (1_000 * 1_000) + (400 * 5_000), openai: (1_000 * 150) + (400 * 600)),
        },
        new("audio in and out", new Answer { AudioInput = 200, AudioOutput = 30 })
        {
            Tokens = new LlmTokens
            {
                Source = LlmUsageSource.Reported,
                UncachedInput = 800,
                VisibleOutput = 20,
                Detail = new LlmTokenDetail { AudioInput = 200, AudioOutput = 30 },
            },
            // The model has no price of its own for audio: it costs what text costs.
            Nanos = Costs(openai: (1_000 * 150) + (50 * 600)),
        },
        new("two web searches", new Answer { WebSearches = 2 })
        {
            Tokens = new LlmTokens { Source = LlmUsageSource.Reported, UncachedInput = 1_000, VisibleOutput = 50 },
            // 10 dollars a thousand searches.
            Nanos = Costs(anthropic: (1_000 * 1_000) + (50 * 5_000) + (2 * 10_000_000)),
        },
    ];

    private static Dictionary<string, long> Costs(long? anthropic = null, long? openai = null)
    {
        var costs = new Dictionary<string, long>();
        if (anthropic is { } first)
        {
            costs["anthropic"] = first;
        }

        if (openai is { } second)
        {
            costs["openai"] = second;
        }

        return costs;
    }
}
