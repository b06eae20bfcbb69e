namespace LlmObservability;

/// <summary>Who served an attempt, and which prices count for it: the same for many, so that they share it. Immutable.</summary>
internal sealed record ServedBy
{
    public static readonly ServedBy Nobody = new();

    public string? Provider { get; init; }

    public string? ServerAddress { get; init; }

    public string? RequestModel { get; init; }

    public string? ResponseModel { get; init; }

    public string? PriceEntry { get; init; }

    public DateOnly? CatalogDate { get; init; }
}
