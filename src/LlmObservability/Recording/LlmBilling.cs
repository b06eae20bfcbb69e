namespace LlmObservability;

/// <summary>
/// What a provider told of a call's bill and its adapter did not hand on: given back by
/// <see cref="LlmObservabilityOptions.ReadBilling"/>. Null where nothing is told.
/// </summary>
public sealed record LlmBilling
{
    /// <summary>The service tier that served the call: <c>batch</c>, <c>flex</c>, <c>priority</c>; words for the standard one take back what was told before.</summary>
    public string? ServiceTier { get; init; }

    /// <summary>Where the call was served, as prices name it (<c>us</c>, <c>eu</c>); words for anywhere take back what was told before.</summary>
    public string? Geo { get; init; }

    /// <summary>The speed that was bought, as prices name it (<c>fast</c>); words for the standard one take back what was told before.</summary>
    public string? Speed { get; init; }

    /// <summary>
    /// All tokens written to the prompt cache, part of the input, where the adapter does not tell them (OpenAI's). Fewer than 0,
    /// or more than the input, makes the cost unknown, with the reason <c>invalid_usage</c>.
    /// </summary>
    public long? CacheWriteTokens { get; init; }

    /// <summary>
    /// Of the tokens written to the prompt cache, those written for 1 hour; the others are for 5 minutes. More than were
    /// written in all, or fewer than 0, makes the cost unknown, with the reason <c>invalid_usage</c>.
    /// </summary>
    public long? CacheWrite1hTokens { get; init; }

    /// <summary>Web searches that the provider made for the call; below 0 counts as null.</summary>
    public int? WebSearchCount { get; init; }

    /// <summary>The call's cost in US dollars as the provider bills it, 0 to 1,000,000: it wins over the catalog. Others count as null.</summary>
    public decimal? CostUsd { get; init; }
}
