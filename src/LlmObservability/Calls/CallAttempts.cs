using System.Diagnostics;
using LlmObservability.Pricing;

namespace LlmObservability.Calls;

/// <summary>
/// Nested wrappers: the logical call's usage and cost are those of the attempts that were billed, counted once.
/// </summary>
internal static class CallAttempts
{
    /// <summary>Puts what the billed attempts used and cost on the call's bill; null when none of them told its usage, else the one that served.</summary>
    /// <param name="attempts">One attempt, or an array.</param>
    /// <param name="bill">The bill; stays as it is when the answer is null.</param>
    public static LlmAttempt? TrySum(object attempts, ref Bill bill)
    {
        if (attempts is not LlmAttempt one)
        {
            return TrySum((LlmAttempt[])attempts, ref bill);
        }

        if (!one.Result.IsKnown)
        {
            return null;
        }

        bill.Take(one);
        return one;
    }

    /// <summary>How many they are.</summary>
    /// <param name="attempts">One attempt, an array, or null for none.</param>
    public static int Count(object? attempts) => attempts switch { null => 0, LlmAttempt => 1, _ => ((LlmAttempt[])attempts).Length };

    /// <summary>Whether one of them gave an answer, or began to.</summary>
    /// <param name="attempts">One attempt, or an array.</param>
    public static bool AnyAnswered(object attempts) =>
        attempts is LlmAttempt one ? Answered(one) : Array.Exists((LlmAttempt[])attempts, Answered);

    /// <summary>An attempt whose call had ended before: it stands for itself.</summary>
    /// <param name="attempt">The attempt.</param>
    /// <param name="span">Its span; null where it had none.</param>
    /// <param name="kind">What kind of client it is of.</param>
    /// <param name="tags">The logical call's.</param>
    /// <param name="facts">What the response told.</param>
    public static LlmCall ToCall(LlmAttempt attempt, Activity? span, ClientKind kind, LlmTags tags, in CallFacts facts) => new()
    {
        Id = LlmCallId.Create(attempt.StartedAt),
        StartedAt = attempt.StartedAt,
        // The span is an attempt's, and was told as one: the call is what happened in it.
        Trace = SpanIds.Inside(span),
        Tags = tags,
        Operation = kind.Operation,
        OutputType = kind.OutputType,
        Provider = attempt.Provider,
        RequestModel = attempt.RequestModel,
        ResponseModel = attempt.ResponseModel,
        ResponseId = attempt.ResponseId,
        ServerAddress = attempt.ServerAddress,
        FinishReason = attempt.FinishReason,
        ToolCallCount = facts.ToolCalls,
        Outcome = attempt.Outcome,
        Result = attempt.Result,
        PriceEntry = attempt.PriceEntry,
        CatalogDate = attempt.CatalogDate,
        Duration = attempt.Duration,
        ProviderTime = attempt.Duration,
        TimeToFirstToken = attempt.TimeToFirstToken,
        Rare = RareFacts.Keep((attempt.Rare ?? RareFacts.None) with
        {
            Span = null,
            ServiceTier = facts.ServiceTier,
            Geo = facts.Geo ?? ClientIdentity.ServedIn(attempt.ServerAddress),
            Speed = facts.Speed,
            WebSearchCount = facts.WebSearches,
            InputCount = facts.InputCount,
            Dimensions = facts.Dimensions,
        }),
    };

    // The one that served is the last that completed; when none did, the last.
    private static LlmAttempt? TrySum(LlmAttempt[] attempts, ref Bill bill)
    {
        LlmAttempt? served = null, unpriced = null;
        LlmTokens used = default;
        LlmCost? paid = null;
        var known = false;
        foreach (var attempt in attempts)
        {
            var tokens = attempt.Tokens;
            var cost = attempt.Cost;
            // A failed attempt with neither usage nor output was refused, not billed; any other attempt was.
            if (attempt is { Outcome: LlmOutcome.Failed, Result.IsKnown: false, TimeToFirstToken: null })
            {
                continue;
            }

            known |= attempt.Result.IsKnown;
            unpriced ??= cost is null ? attempt : null;
            (used, paid) = served is null
                ? (tokens, cost)
                : (LlmTokensSum.Add(used, tokens), paid is { } before && cost is { } own ? LlmTokensSum.Add(before, own) : null);
            if (served is null || attempt.Outcome == LlmOutcome.Completed || served.Outcome != LlmOutcome.Completed)
            {
                served = attempt;
            }
        }

        if (!known)
        {
            return null;
        }

        bill.Use(used);
        bill.Price(new PricedCost(paid, unpriced?.CostReason ?? served!.CostReason, served!.PriceEntry, served.CatalogDate));
        return served;
    }

    private static bool Answered(LlmAttempt attempt) => attempt.Outcome == LlmOutcome.Completed || attempt.TimeToFirstToken is not null;
}
