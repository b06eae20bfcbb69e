using Microsoft.Extensions.AI;

namespace LlmObservability.Calls;

/// <summary>What a provider told of a call's bill beside its tokens, put together from all that it said; what comes later wins.</summary>
internal sealed record ReportedBilling
{
    private static readonly ReportedBilling None = new();

    /// <summary>The service tier; empty for the standard one, null where nobody says. So are place and speed.</summary>
    public string? ServiceTier { get; private init; }

    public string? Geo { get; private init; }

    public string? Speed { get; private init; }

    public long? CacheWrite { get; private init; }

    public long? CacheWrite1h { get; private init; }

    public int? WebSearches { get; private init; }

    public long? CostNanos { get; private init; }

    /// <summary>With what adapters hand on among a response's or an update's additional properties.</summary>
    public static ReportedBilling? Add(ReportedBilling? before, AdditionalPropertiesDictionary properties)
    {
        var tier = New(ReportedTerm.ServiceTier.Read(properties), before?.ServiceTier);
        var geo = New(ReportedTerm.Geo.Read(properties), before?.Geo);
        var speed = New(ReportedTerm.Speed.Read(properties), before?.Speed);
        var cost = ReportedCost.Read(properties);
        return tier is null && geo is null && speed is null && cost is null
            ? before
            : (before ?? None).Add(tier, geo, speed, cost);
    }

    /// <summary>With what the application read from the provider's own object.</summary>
    public static ReportedBilling? Add(ReportedBilling? before, LlmBilling told)
    {
        var billing = (before ?? None).Add(
            ReportedTerm.ServiceTier.Told(told.ServiceTier),
            ReportedTerm.Geo.Told(told.Geo),
            ReportedTerm.Speed.Told(told.Speed),
            ReportedCost.Nanos(told.CostUsd));
        billing = billing with
        {
            CacheWrite = told.CacheWriteTokens ?? billing.CacheWrite,
            CacheWrite1h = told.CacheWrite1hTokens ?? billing.CacheWrite1h,
            WebSearches = told.WebSearchCount is >= 0 and var searches ? searches : billing.WebSearches,
        };
        return billing == None ? before : billing;
    }

    // Updates of a stream say the same again and again; only what differs is kept. The standard terms count where others
    // were told before: a provider that cannot serve what was asked for says so at the end.
    private static string? New(string? told, string? before) => told == (before ?? "") ? null : told;

    private ReportedBilling Add(string? tier, string? geo, string? speed, long? cost) => this with
    {
        ServiceTier = tier ?? ServiceTier,
        Geo = geo ?? Geo,
        Speed = speed ?? Speed,
        CostNanos = cost ?? CostNanos,
    };
}
