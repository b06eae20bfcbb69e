namespace LlmObservability.Clients.Tests.Matrix;

/// <summary>An answer that comes, and what is to be stored of it.</summary>
internal sealed record AnswerScenario(string Name, Answer Answer)
{
    /// <summary>The tokens, disjoint.</summary>
    public required LlmTokens Tokens { get; init; }

    /// <summary>The cost in nano-dollars by client, worked out by hand. A client that is not named has no such scenario.</summary>
    public required IReadOnlyDictionary<string, long> Nanos { get; init; }

    public override string ToString() => Name;
}
