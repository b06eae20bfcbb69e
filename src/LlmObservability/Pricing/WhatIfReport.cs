namespace LlmObservability.Pricing;

/// <summary>What a set of calls cost, and what it would have cost otherwise. Amounts are whole nano-dollars.</summary>
public sealed record WhatIfReport
{
    /// <summary>How many calls were looked at.</summary>
    public long Calls { get; init; }

    /// <summary>How many have both a cost and a cost otherwise; only these are in the amounts.</summary>
    public long Compared { get; init; }

    /// <summary>What the compared calls cost.</summary>
    public decimal ActualNanos { get; init; }

    /// <summary>What the compared calls would have cost.</summary>
    public decimal WhatIfNanos { get; init; }

    /// <summary><see cref="WhatIfNanos"/> less <see cref="ActualNanos"/>: negative is cheaper.</summary>
    public decimal DifferenceNanos => WhatIfNanos - ActualNanos;

    /// <summary>How many of the compared calls made web searches that the other prices have none for; they cost nothing there.</summary>
    public long SearchesWithoutPrice { get; init; }

    /// <summary>How many calls were left out, by the reason for which a cost is not known.</summary>
    public required IReadOnlyDictionary<LlmCostReason, long> NotCompared { get; init; }
}
