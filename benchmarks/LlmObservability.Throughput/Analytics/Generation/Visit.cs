namespace LlmObservability.Throughput.Analytics.Generation;

/// <summary>Who asks for a while, from where: what several calls have in common.</summary>
internal sealed record Visit(Lane Lane, string Tenant)
{
    public string? User { get; init; }

    public string? Session { get; init; }

    public string? Conversation { get; init; }

    public string? Variant { get; init; }

    public bool OnProPlan { get; init; }
}
