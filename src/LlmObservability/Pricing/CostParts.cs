namespace LlmObservability.Pricing;

/// <summary>The parts of a cost in whole nano-dollars, made to add up to a total that was rounded once.</summary>
internal static class CostParts
{
    /// <summary>
    /// Gives the difference between the total and the parts' sum to the largest part. The difference is at most two
    /// nano-dollars; where it would take a part below zero, each nano-dollar goes to the part that is largest by then.
    /// </summary>
    internal static LlmCost Settle(long total, long input, long cached, long output, long fees)
    {
        var residue = total - (input + cached + output + fees);
        while (residue != 0)
        {
            ref var largest = ref input;
            if (cached > largest)
            {
                largest = ref cached;
            }

            if (output > largest)
            {
                largest = ref output;
            }

            if (fees > largest)
            {
                largest = ref fees;
            }

            var step = Math.Sign(residue);
            largest += step;
            residue -= step;
        }

        return new LlmCost { InputNanos = input, CachedInputNanos = cached, OutputNanos = output, FeesNanos = fees };
    }

    /// <summary>A count of millionths of a nano-dollar (≥ 0), rounded half-even.</summary>
    internal static long RoundMillionths(long millionths)
    {
        var (whole, rest) = Math.DivRem(millionths, 1_000_000);
        return rest > 500_000 || (rest == 500_000 && (whole & 1) == 1) ? whole + 1 : whole;
    }

    /// <summary>
    /// A cost that the provider reported, in parts as the catalog's cost has them; without one it is all
    /// <see cref="LlmCost.FeesNanos"/>, since nobody says what for.
    /// </summary>
    internal static PricedCost Reported(long nanos, LlmCost? catalog)
    {
        if (catalog is not { TotalNanos: > 0 and var whole } parts)
        {
            return new PricedCost(new LlmCost { FeesNanos = nanos }, LlmCostReason.ReportedByProvider, null, null);
        }

        long Share(long part) => (long)decimal.Round(nanos * ((decimal)part / whole), 0, MidpointRounding.ToEven);
        var cost = Settle(nanos, Share(parts.InputNanos), Share(parts.CachedInputNanos), Share(parts.OutputNanos), Share(parts.FeesNanos));
        return new PricedCost(cost, LlmCostReason.ReportedByProvider, null, null);
    }
}
