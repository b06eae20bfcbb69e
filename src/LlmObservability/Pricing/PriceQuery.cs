namespace LlmObservability.Pricing;

/// <summary>What <see cref="CallPricer.Price"/> needs to know of one call.</summary>
public readonly record struct PriceQuery
{
    /// <summary>The provider, by any of its names; null when not known.</summary>
    public string? Provider { get; init; }

    /// <summary>Host of the provider, without scheme and port. A host that the catalog knows goes before <see cref="Provider"/>.</summary>
    public string? ServerAddress { get; init; }

    /// <summary>The model that answered; it is priced first.</summary>
    public string? ResponseModel { get; init; }

    /// <summary>The model that was asked for; it is priced when the one that answered is not known.</summary>
    public string? RequestModel { get; init; }

    /// <summary>When the call began: it chooses among prices that differ by date, hour or weekday.</summary>
    public DateTimeOffset At { get; init; }

    /// <summary>The call's tokens, in disjoint classes.</summary>
    public LlmTokens Tokens { get; init; }

    /// <summary>The service tier that served the call: <c>batch</c>, <c>flex</c> or <c>priority</c>; anything else is the standard one.</summary>
    public string? ServiceTier { get; init; }

    /// <summary>Where the call was served, as the catalog's multipliers name it (<c>us</c>, <c>eu</c>); null for anywhere.</summary>
    public string? Geo { get; init; }

    /// <summary>The speed that was bought, as the catalog's multipliers name it (<c>fast</c>); null for the standard one.</summary>
    public string? Speed { get; init; }

    /// <summary>How many web searches the provider made for the call.</summary>
    public int WebSearches { get; init; }
}
