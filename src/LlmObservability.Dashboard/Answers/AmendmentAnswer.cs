namespace LlmObservability.Dashboard.Answers;

/// <summary>Something learned about a call later.</summary>
internal sealed record AmendmentAnswer : PricedAnswer
{
    public AmendmentAnswer(LlmAmendment amendment)
        : base(amendment.Cost, amendment.CostReason, amendment.PriceEntry, amendment.CatalogDate)
    {
        Id = amendment.Id;
        CreatedAt = amendment.CreatedAt;
        AmendmentKind = amendment.Kind;
        Name = amendment.Name;
        Score = amendment.Score is { } score && double.IsFinite(score) ? score : null;
        Label = amendment.Label;
    }

    public Guid Id { get; }

    public DateTimeOffset CreatedAt { get; }

    public string AmendmentKind { get; }

    public string? Name { get; }

    public double? Score { get; }

    public string? Label { get; }
}
