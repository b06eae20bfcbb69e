using System.Runtime.CompilerServices;
using LlmObservability.Pricing;
using LlmObservability.Tags;

namespace LlmObservability.Calls;

/// <summary>Which model answered, and what its answer cost.</summary>
internal static class CallBilling
{
    /// <summary>
    /// The model that answered, storable. A header that tells it counts where the response names none, or but repeats the
    /// name that was asked for: a deployment's, for example.
    /// </summary>
    public static string? ResponseModel(OpenNode node, in CallFacts facts)
    {
        var named = BoundedText.Clean(facts.Model);
        return node.Notes?.Http?.ServedModel is { } served && (named is null || named == node.Target.RequestModel) ? served : named;
    }

    /// <summary>Puts on the bill what a provider reported, else what the catalog says.</summary>
    /// <param name="node">What was called.</param>
    /// <param name="facts">What the response told.</param>
    /// <param name="startedAt">When it began.</param>
    /// <param name="tokens">What it used.</param>
    /// <param name="unknown">Why the catalog cannot say it; null where it can.</param>
    /// <param name="bill">Takes the cost.</param>
    [MethodImpl(MethodImplOptions.NoInlining)] // Its large structures would be cleared for calls that do not come here, too.
    public static void Price(OpenNode node, in CallFacts facts, DateTimeOffset startedAt, in LlmTokens tokens, LlmCostReason? unknown, ref Bill bill)
    {
        var priced = unknown is { } reason
            ? new PricedCost(null, reason, null, null)
            : node.Observer.CallPrices.Price(node.Target, bill.ResponseModel, new PriceQuery
            {
                At = startedAt,
                Tokens = tokens,
                ServiceTier = facts.ServiceTier,
                Geo = bill.Geo,
                Speed = facts.Speed,
                WebSearches = facts.WebSearches,
            });
        if (facts.ReportedNanos is { } reported)
        {
            // The bill is the provider's; the catalog only says how it is made up, and of an estimate it cannot.
            priced = CostParts.Reported(reported, tokens.Source == LlmUsageSource.Reported ? priced.Cost : null);
        }
        else if (priced.Reason == LlmCostReason.UnknownModel)
        {
            node.Observer.CallPrices.ModelWithoutPrice(node.Target, bill.ResponseModel);
        }

        bill.Price(priced);
    }
}
