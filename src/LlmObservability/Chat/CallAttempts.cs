namespace LlmObservability.Chat;

/// <summary>
/// Nested wrappers: the inner calls are the outer call's attempts, and the outer call's usage and cost are those of the
/// attempts that were billed, counted once.
/// </summary>
internal static class CallAttempts
{
    public static LlmAttempt ToAttempt(LlmCall call, int ordinal)
    {
        return new LlmAttempt
        {
            Ordinal = ordinal,
            StartedAt = call.StartedAt,
            Provider = call.Provider,
            RequestModel = call.RequestModel,
            ResponseModel = call.ResponseModel,
            ResponseId = call.ResponseId,
            ServerAddress = call.ServerAddress,
            Outcome = call.Outcome,
            HttpStatus = call.HttpStatus,
            ErrorType = call.ErrorType,
            FinishReason = call.FinishReason,
            Tokens = call.Tokens,
            Cost = call.Cost,
            CostReason = call.CostReason,
            PriceEntry = call.PriceEntry,
            CatalogDate = call.CatalogDate,
            Duration = call.Duration,
            TimeToFirstToken = call.TimeToFirstToken,
        };
    }

    public static LlmCall Fold(LlmCall call, LlmAttempt[] attempts, int begun)
    {
        call = call with { AttemptCount = begun };
        // A failed attempt with neither usage nor output was refused, not billed; any other attempt was.
        var billed = Array.FindAll(
            attempts,
            a => a.Outcome != LlmOutcome.Failed || a.Tokens.Source != LlmUsageSource.Missing || a.TimeToFirstToken is not null);
        if (!Array.Exists(billed, a => a.Tokens.Source != LlmUsageSource.Missing))
        {
            return call;
        }

        var served = Array.FindLast(billed, a => a.Outcome == LlmOutcome.Completed) ?? billed[^1];
        var tokens = billed[0].Tokens;
        var cost = billed[0].Cost;
        var unpriced = Array.Find(billed, a => a.Cost is null);
        foreach (var attempt in billed.AsSpan(1))
        {
            tokens = LlmTokensSum.Add(tokens, attempt.Tokens);
            cost = cost is { } sum && attempt.Cost is { } own ? LlmTokensSum.Add(sum, own) : null;
        }

        return call with
        {
            Provider = call.Provider ?? served.Provider,
            ServerAddress = call.ServerAddress ?? served.ServerAddress,
            RequestModel = call.RequestModel ?? served.RequestModel,
            ResponseModel = call.ResponseModel ?? served.ResponseModel,
            Tokens = tokens,
            Cost = cost,
            CostReason = unpriced?.CostReason ?? served.CostReason,
            PriceEntry = served.PriceEntry,
            CatalogDate = served.CatalogDate,
        };
    }
}
