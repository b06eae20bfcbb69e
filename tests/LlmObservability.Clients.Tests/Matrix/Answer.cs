namespace LlmObservability.Clients.Tests.Matrix;

/// <summary>What a model answers, before it is put into a provider's form. Counts are inclusive, as back ends count them.</summary>
internal sealed record Answer
{
    public const string ToolName = "get_weather";

    /// <summary>The text, which comes in two pieces when streamed; empty for none.</summary>
    public string Text { get; init; } = "Hello there";

    public int ToolCalls { get; init; }

    /// <summary>Why the model stopped, in the abstraction's words: <c>stop</c>, <c>length</c>, <c>tool_calls</c>.</summary>
    public string Finish { get; init; } = "stop";

    /// <summary>All input tokens, cached ones included.</summary>
    public int Input { get; init; } = 1_000;

    public int CacheRead { get; init; }

    /// <summary>Tokens written to the cache, for whatever time.</summary>
    public int CacheWrite { get; init; }

    /// <summary>Those of <see cref="CacheWrite"/> that are kept for an hour.</summary>
    public int CacheWrite1h { get; init; }

    /// <summary>All output tokens, reasoning included.</summary>
    public int Output { get; init; } = 50;

    public int Reasoning { get; init; }

    public int AudioInput { get; init; }

    public int AudioOutput { get; init; }

    public int WebSearches { get; init; }

    /// <summary>The tier that served the call, in the provider's words.</summary>
    public string? ServiceTier { get; init; }

    /// <summary>Where the model ran, in the provider's words.</summary>
    public string? InferenceGeo { get; init; }

    /// <summary>How fast it ran, in the provider's words.</summary>
    public string? Speed { get; init; }

    /// <summary>Whether the provider tells the usage at all.</summary>
    public bool TellsUsage { get; init; } = true;
}
