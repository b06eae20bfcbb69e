namespace LlmObservability.Dashboard.Answers;

/// <summary>The body that asks for many calls.</summary>
internal sealed record CallSetRequest
{
    public const int MaxIds = 100;

    public required IReadOnlyList<Guid> Ids { get; init; }
}
