namespace LlmObservability;

/// <summary>
/// The words that stand in rows, JSON and queries for this library's enumerations and well-known values.
/// Operation and output types follow the GenAI semantic conventions v1.41
/// (https://opentelemetry.io/docs/specs/semconv/gen-ai/).
/// </summary>
public static class LlmVocabulary
{
    /// <summary>Operation of a chat call.</summary>
    public const string Chat = "chat";

    /// <summary>Operation of embedding.</summary>
    public const string Embeddings = "embeddings";

    /// <summary>Operation of a tool that runs outside any call.</summary>
    public const string ExecuteTool = "execute_tool";

    /// <summary>Operation of other modalities: speech, images.</summary>
    public const string GenerateContent = "generate_content";

    /// <summary>Output type: text.</summary>
    public const string Text = "text";

    /// <summary>Output type: JSON.</summary>
    public const string Json = "json";

    /// <summary>Output type: image.</summary>
    public const string Image = "image";

    /// <summary>Output type: speech.</summary>
    public const string Speech = "speech";

    /// <summary>Amendment: how similar a cached answer's question was.</summary>
    public const string Similarity = "similarity";

    /// <summary>Amendment: whether an answer was good.</summary>
    public const string Verdict = "verdict";

    /// <summary>Amendment: a cost by another catalog, which takes the place of the recorded one in sums. Only a store's repricing writes it.</summary>
    public const string Repricing = "repricing";

    /// <summary>Tool type: a tool of an MCP server.</summary>
    public const string Mcp = "mcp";

    /// <summary>Tool type: another agent, by the application's word.</summary>
    public const string A2a = "a2a";

    /// <summary>Tool type: a function of the application.</summary>
    public const string Function = "function";

    /// <summary>Tool type: code that the provider runs.</summary>
    public const string CodeInterpreter = "code_interpreter";

    /// <summary>Tool type: a web search that the provider makes.</summary>
    public const string WebSearch = "web_search";

    /// <summary>Tool type: an image that the provider makes while it answers.</summary>
    public const string ImageGeneration = "image_generation";

    private static readonly string[] Outcomes = ["completed", "failed", "cancelled", "abandoned"];
    private static readonly string[] UsageSources = ["missing", "reported", "estimated"];

    private static readonly string[] CostReasons =
    [
        "priced", "reported_by_provider", "cached", "maybe_cached", "unknown_model", "missing_usage", "incomplete_usage", "invalid_usage",
        "out_of_range", "no_model",
    ];

    /// <summary>The outcome's word.</summary>
    public static string ToName(this LlmOutcome outcome) => Outcomes[(int)outcome];

    /// <summary>The usage source's word.</summary>
    public static string ToName(this LlmUsageSource source) => UsageSources[(int)source];

    /// <summary>The cost reason's word.</summary>
    public static string ToName(this LlmCostReason reason) => CostReasons[(int)reason];

    /// <summary>The outcome that a word stands for.</summary>
    public static bool TryParseOutcome(string? name, out LlmOutcome outcome) => TryParse(Outcomes, name, out outcome);

    /// <summary>The usage source that a word stands for.</summary>
    public static bool TryParseUsageSource(string? name, out LlmUsageSource source) => TryParse(UsageSources, name, out source);

    /// <summary>The cost reason that a word stands for.</summary>
    public static bool TryParseCostReason(string? name, out LlmCostReason reason) => TryParse(CostReasons, name, out reason);

    private static bool TryParse<TEnum>(string[] names, string? name, out TEnum value)
        where TEnum : struct, Enum
    {
        var index = Array.IndexOf(names, name);
        value = index < 0 ? default : System.Runtime.CompilerServices.Unsafe.BitCast<int, TEnum>(index);
        return index >= 0;
    }
}
