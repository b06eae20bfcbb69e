namespace LlmObservability.Tags;

/// <summary>
/// What an execution flow is inside of: a scope, or a call under way. One ambient slot holds both, since setting one is
/// what a call pays for.
/// </summary>
internal interface ILlmFlow
{
    /// <summary>The innermost scope.</summary>
    LlmScope? Scope { get; }

    /// <summary>The innermost call under way.</summary>
    ILlmFlow? Call { get; }
}
