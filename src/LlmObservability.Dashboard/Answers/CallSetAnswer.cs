namespace LlmObservability.Dashboard.Answers;

/// <summary>The calls of some ids, in the order in which they were asked for.</summary>
internal sealed record CallSetAnswer
{
    public required IReadOnlyList<CallDetailAnswer> Calls { get; init; }

    public required IReadOnlyList<Guid> NotFound { get; init; }
}
