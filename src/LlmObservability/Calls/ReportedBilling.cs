using Microsoft.Extensions.AI;

namespace LlmObservability.Calls;

/// <summary>What a provider told of a call's bill beside its tokens, put together from all that it said; what comes later wins.</summary>
internal sealed record ReportedBilling
{
    private static readonly ReportedBilling None = new();

    public string? ServiceTier { get; private init; }

    public string? Geo { get; private init; }

    public string? Speed { get; private init; }

    public long? CacheWrite1h { get; private init; }

    public int? WebSearches { get; private init; }

    public long? CostNanos { get; private init; }

    /// <summary>With what adapters hand on among a response's or an update's additional properties.</summary>
    public static ReportedBilling? Add(ReportedBilling? before, AdditionalPropertiesDictionary properties)
    {
        var tier = ReportedTerm.ServiceTier.Read(properties);
        var geo = ReportedTerm.Geo.Read(properties);
        var speed = ReportedTerm.Speed.Read(properties);
        var cost = ReportedCost.Read(properties);
        return tier is null && geo is null && speed is null && cost is null
            ? before
            : (before ?? None).Add(tier, geo, speed, cost);
    }

    /// <summary>With what the application read from the provider's own object.</summary>
    public static ReportedBilling? Add(ReportedBilling? before, LlmBilling told)
    {
        var billing = (before ?? None).Add(
            ReportedTerm.ServiceTier.Canonical(told.ServiceTier),
            ReportedTerm.Geo.Canonical(told.Geo),
            ReportedTerm.Speed.Canonical(told.Speed),
            ReportedCost.Nanos(told.CostUsd));
        billing = billing with
        {
            CacheWrite1h = told.CacheWrite1hTokens ?? billing.CacheWrite1h,
            WebSearches = told.WebSearchCount is >= 0 and var searches ? searches : billing.WebSearches,
        };
        return billing == None ? before : billing;
    }

    private ReportedBilling Add(string? tier, string? geo, string? speed, long? cost) => this with
    {
        ServiceTier = tier ?? ServiceTier,
        Geo = geo ?? Geo,
        Speed = speed ?? Speed,
        CostNanos = cost ?? CostNanos,
    };
}
