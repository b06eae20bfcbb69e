namespace LlmObservability;

/// <summary>
/// Something learned about an earlier call: a verdict, a similarity score, feedback, a repricing. The call itself is
/// never changed; readers see its amendments beside it, oldest first.
/// </summary>
public sealed record LlmAmendment
{
    /// <summary>UUID version 7 of <see cref="CreatedAt"/>; a second write of the same id changes nothing.</summary>
    public required Guid Id { get; init; }

    /// <summary>The call's id.</summary>
    public required Guid CallId { get; init; }

    /// <summary>The call's <see cref="LlmCall.StartedAt"/>: it finds the partition.</summary>
    public required DateTimeOffset CallStartedAt { get; init; }

    /// <summary>When the amendment was made: UTC, whole microseconds.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>
    /// What it is: <c>feedback</c>, <c>verdict</c>, <c>similarity</c>, or an application's own word; read back, also
    /// <c>repricing</c> (<see cref="LlmVocabulary.Repricing"/>), which only a store's repricing writes.
    /// </summary>
    public required string Kind { get; init; }

    /// <summary>Which one of its kind: the feedback's or the evaluator's name.</summary>
    public string? Name { get; init; }

    /// <summary>A score.</summary>
    public double? Score { get; init; }

    /// <summary>A label or short text.</summary>
    public string? Label { get; init; }

    /// <summary>A new cost.</summary>
    public LlmCost? Cost { get; init; }

    /// <summary>Why the new cost is what it is; meaningful for a repricing.</summary>
    public LlmCostReason? CostReason { get; init; }

    /// <summary>The price entry of the new cost.</summary>
    public string? PriceEntry { get; init; }

    /// <summary>Date of the catalog that held <see cref="PriceEntry"/>.</summary>
    public DateOnly? CatalogDate { get; init; }
}
