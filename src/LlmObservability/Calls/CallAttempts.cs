using System.Runtime.InteropServices;

namespace LlmObservability.Calls;

/// <summary>
/// Nested wrappers: the logical call's usage and cost are those of the attempts that were billed, counted once.
/// </summary>
internal static class CallAttempts
{
    /// <summary>What the billed attempts used and cost, and the one that served; false when none of them told its usage.</summary>
    /// <param name="attempts">One attempt, or an array.</param>
    /// <param name="sum">The sum.</param>
    public static bool TrySum(object attempts, out AttemptSum sum)
    {
        sum = default;
        LlmAttempt? served = null, unpriced = null;
        var (any, known) = (false, false);
        var one = attempts as LlmAttempt;
        foreach (var attempt in one is null ? (LlmAttempt[])attempts : MemoryMarshal.CreateReadOnlySpan(ref one, 1))
        {
            var tokens = attempt.Tokens;
            var cost = attempt.Cost;
            // A failed attempt with neither usage nor output was refused, not billed; any other attempt was.
            if (attempt.Outcome == LlmOutcome.Failed && tokens.Source == LlmUsageSource.Missing && cost is null && attempt.TimeToFirstToken is null)
            {
                continue;
            }

            known |= tokens.Source != LlmUsageSource.Missing || cost is not null;
            unpriced ??= cost is null ? attempt : null;
            if (served is null || attempt.Outcome == LlmOutcome.Completed || served.Outcome != LlmOutcome.Completed)
            {
                served = attempt;
            }

            sum = any
                ? sum with
                {
                    Tokens = LlmTokensSum.Add(sum.Tokens, tokens),
                    Cost = sum.Cost is { } before && cost is { } own ? LlmTokensSum.Add(before, own) : null,
                }
                : new AttemptSum(tokens, cost, default, attempt);
            any = true;
        }

        if (known)
        {
            sum = sum with { Served = served!, CostReason = unpriced?.CostReason ?? served!.CostReason };
        }

        return known;
    }

    /// <summary>How many they are.</summary>
    /// <param name="attempts">One attempt, an array, or null for none.</param>
    public static int Count(object? attempts) => attempts switch { null => 0, LlmAttempt => 1, _ => ((LlmAttempt[])attempts).Length };

    /// <summary>Whether one of them gave an answer, or began to.</summary>
    /// <param name="attempts">One attempt, or an array.</param>
    public static bool AnyAnswered(object attempts) =>
        attempts is LlmAttempt one ? Answered(one) : Array.Exists((LlmAttempt[])attempts, Answered);

    /// <summary>An attempt whose call had ended before: it stands for itself.</summary>
    public static LlmCall ToCall(LlmAttempt attempt, ClientKind kind, LlmTags tags, in CallFacts facts) => new()
    {
        Id = LlmCallId.Create(attempt.StartedAt),
        StartedAt = attempt.StartedAt,
        Tags = tags,
        Operation = kind.Operation,
        OutputType = kind.OutputType,
        Provider = attempt.Provider,
        RequestModel = attempt.RequestModel,
        ResponseModel = attempt.ResponseModel,
        ResponseId = attempt.ResponseId,
        ServerAddress = attempt.ServerAddress,
        ServiceTier = facts.ServiceTier,
        Geo = facts.Geo ?? ClientIdentity.ServedIn(attempt.ServerAddress),
        Speed = facts.Speed,
        WebSearchCount = facts.WebSearches,
        Http = attempt.Http,
        Outcome = attempt.Outcome,
        HttpStatus = attempt.HttpStatus,
        ErrorType = attempt.ErrorType,
        FinishReason = attempt.FinishReason,
        ToolCallCount = facts.ToolCalls,
        Tokens = attempt.Tokens,
        Cost = attempt.Cost,
        CostReason = attempt.CostReason,
        PriceEntry = attempt.PriceEntry,
        CatalogDate = attempt.CatalogDate,
        Duration = attempt.Duration,
        ProviderTime = attempt.Duration,
        TimeToFirstToken = attempt.TimeToFirstToken,
        Embedded = (facts.InputCount, facts.Dimensions),
    };

    private static bool Answered(LlmAttempt attempt) => attempt.Outcome == LlmOutcome.Completed || attempt.TimeToFirstToken is not null;
}

/// <summary>What the billed attempts of a call come to.</summary>
/// <param name="Tokens">Their tokens.</param>
/// <param name="Cost">Their cost; null when one of theirs is not known.</param>
/// <param name="CostReason">Why the cost is what it is.</param>
/// <param name="Served">The last that completed; when none did, the last.</param>
internal readonly record struct AttemptSum(LlmTokens Tokens, LlmCost? Cost, LlmCostReason CostReason, LlmAttempt Served);
