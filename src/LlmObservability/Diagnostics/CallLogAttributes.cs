using LlmObservability.Telemetry;

namespace LlmObservability;

/// <summary>What a log says of a call, behind its ids. As on the span, what goes without saying is not said. Never content.</summary>
internal static class CallLogAttributes
{
    public static void Write<T>(T to, LlmCall call, GenAiConventions conventions)
        where T : struct, IAttributes
    {
        to.Add(TelemetryNames.Own.Outcome, call.Outcome.ToName());
        AddRequest(to, call);
        AddResponse(to, call);
        AddTokens(to, call, conventions);
        AddCost(to, call);
        AddTimes(to, call);
        TagAttributes.Write(to, call.Tags);
    }

    private static void AddRequest<T>(T to, LlmCall call)
        where T : struct, IAttributes
    {
        to.Add(TelemetryNames.GenAi.OperationName, call.Operation);
        to.AddKnown(TelemetryNames.GenAi.ProviderName, call.Provider ?? (call.Operation == LlmVocabulary.ExecuteTool ? null : TelemetryNames.UnknownProvider));
        to.AddKnown(TelemetryNames.GenAi.RequestModel, call.RequestModel);
        to.Add(TelemetryNames.GenAi.OutputType, call.OutputType);
        to.AddKnown(TelemetryNames.GenAi.RequestStream, call.Streaming ? true : default(bool?));
        to.AddKnown(TelemetryNames.ServerAddress, call.ServerAddress);
        to.AddKnown(TelemetryNames.ServerPort, call.ServerPort);
    }

    private static void AddResponse<T>(T to, LlmCall call)
        where T : struct, IAttributes
    {
        to.AddKnown(TelemetryNames.GenAi.ResponseModel, call.ResponseModel);
        to.AddKnown(TelemetryNames.GenAi.ResponseId, call.ResponseId);
        to.AddKnown(TelemetryNames.FinishReason, call.FinishReason);
        to.AddKnown(TelemetryNames.ErrorType, call.ErrorType);
        to.AddKnown(TelemetryNames.HttpStatusCode, call.HttpStatus);
        to.AddKnown(TelemetryNames.Own.ProviderRequestId, call.Http?.RequestId);
        to.AddKnown(TelemetryNames.Own.HttpSends, call.Http is { SendCount: > 1 } http ? http.SendCount : default(int?));
        to.AddKnown(TelemetryNames.Own.Attempts, call.AttemptCount > 1 ? call.AttemptCount : default(int?));
        to.AddKnown(TelemetryNames.Own.ToolCalls, call.ToolCallCount > 0 ? call.ToolCallCount : default(int?));
        to.AddKnown(TelemetryNames.Own.Cached, call.Cached ? true : default(bool?));
        to.AddKnown(TelemetryNames.Own.SchemaValidated, call.SchemaValidated);
    }

    private static void AddTokens<T>(T to, LlmCall call, GenAiConventions conventions)
        where T : struct, IAttributes
    {
        var tokens = call.Tokens;
        to.Add(TelemetryNames.Own.UsageSource, tokens.Source.ToName());
        if (tokens.Source == LlmUsageSource.Missing)
        {
            return;
        }

        to.Add(TelemetryNames.GenAi.UsageInputTokens, tokens.Input);
        to.AddKnown(TelemetryNames.GenAi.UsageOutputTokens, call.HasOutput ? tokens.Output : default(long?));
        to.AddCount(TelemetryNames.GenAi.UsageCacheReadInputTokens, tokens.AllCacheRead);
        to.AddCount(conventions.CacheWriteInputTokens, tokens.CacheWrite5m + tokens.CacheWrite1h);
        to.AddCount(TelemetryNames.GenAi.UsageReasoningOutputTokens, tokens.Reasoning);
        to.AddKnown(TelemetryNames.Own.OutputTokensPerSecond, call.OutputTokensPerSecond);
    }

    private static void AddCost<T>(T to, LlmCall call)
        where T : struct, IAttributes
    {
        to.AddKnown(TelemetryNames.GenAi.UsageCost, call.Cost is { } cost ? cost.TotalNanos / (double)LlmCost.NanosPerUsd : default(double?));
        to.AddKnown(TelemetryNames.Own.CostReason, call.CostReason == LlmCostReason.Priced ? null : call.CostReason.ToName());
    }

    // Seconds, as all of the conventions' times.
    private static void AddTimes<T>(T to, LlmCall call)
        where T : struct, IAttributes
    {
        to.Add(TelemetryNames.Own.Duration, call.Duration.TotalSeconds);
        to.AddKnown(TelemetryNames.GenAi.ResponseTimeToFirstChunk, call.TimeToFirstToken?.TotalSeconds);
        to.AddKnown(TelemetryNames.Own.QueueWait, call.QueueWait?.TotalSeconds);
    }
}
