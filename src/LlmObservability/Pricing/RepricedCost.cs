namespace LlmObservability.Pricing;

/// <summary>What a stored call costs by a pricer's catalog, or why its cost stays as it is.</summary>
/// <param name="Priced">The cost, or the reason why there is none now; meaningless unless <paramref name="Kept"/> is null.</param>
/// <param name="Kept">Why no catalog has a say, as a word: a cost reason (<c>reported_by_provider</c>, <c>missing_usage</c> …), <see cref="AttemptsMissing"/>, <see cref="AttemptsDiffer"/> or <see cref="TermsUnknown"/>. Null where one has.</param>
internal readonly record struct RepricedCost(PricedCost Priced, string? Kept)
{
    /// <summary>The call made several attempts, and none of them is stored.</summary>
    public const string AttemptsMissing = "attempts_missing";

    /// <summary>What its attempts used or cost does not add up to what the call did.</summary>
    public const string AttemptsDiffer = "attempts_differ";

    /// <summary>Several attempts were billed on terms of their own (tier, place, speed, searches), and only those of the one that served are stored.</summary>
    public const string TermsUnknown = "terms_unknown";
}
