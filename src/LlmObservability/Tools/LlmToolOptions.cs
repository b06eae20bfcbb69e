namespace LlmObservability;

/// <summary>What the application says of one tool that it wraps.</summary>
public sealed class LlmToolOptions
{
    /// <summary>
    /// The tool's type: <see cref="LlmVocabulary.A2a"/> for another agent, or a word of the application's own; cut to 64
    /// characters. Default null, or empty: <see cref="LlmVocabulary.Mcp"/> for a tool of the package ModelContextProtocol,
    /// <see cref="LlmVocabulary.Function"/> for any other. It is an attribute of metrics: use few words.
    /// </summary>
    public string? Type { get; set; }
}
