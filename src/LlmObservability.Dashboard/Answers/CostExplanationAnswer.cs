using LlmObservability.Pricing;

namespace LlmObservability.Dashboard.Answers;

/// <summary>A cost line by line, by the prices in force now, of the call or of one attempt.</summary>
internal sealed record CostExplanationAnswer : PricedAnswer
{
    public CostExplanationAnswer(CostExplanation explanation, int? attempt)
        : base(explanation.Cost, explanation.Reason, explanation.PriceEntry, explanation.CatalogDate)
    {
        Attempt = attempt;
        PriceSet = explanation.PriceSet;
        ServiceTier = explanation.ServiceTier;
        Over = explanation.Over;
        Geo = explanation.Geo;
        GeoMultiplier = new ExactDecimal(explanation.GeoMultiplier);
        Speed = explanation.Speed;
        SpeedMultiplier = new ExactDecimal(explanation.SpeedMultiplier);
        ExactNanos = explanation.ExactNanos is { } exact ? new ExactDecimal(exact) : null;
        Lines = [.. explanation.Lines.Select(line => new CostLineAnswer(line))];
        AgreesWithRecord = explanation.AgreesWithRecord;
    }

    public int? Attempt { get; }

    public string? PriceSet { get; }

    public string? ServiceTier { get; }

    public long? Over { get; }

    public string? Geo { get; }

    public ExactDecimal GeoMultiplier { get; }

    public string? Speed { get; }

    public ExactDecimal SpeedMultiplier { get; }

    public ExactDecimal? ExactNanos { get; }

    public IReadOnlyList<CostLineAnswer> Lines { get; }

    public bool AgreesWithRecord { get; }
}
