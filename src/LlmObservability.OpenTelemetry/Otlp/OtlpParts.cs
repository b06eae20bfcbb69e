using LlmObservability.Telemetry;

namespace LlmObservability.OpenTelemetry.Otlp;

/// <summary>What an attempt and a tool call say of themselves, as log records and as spans alike.</summary>
internal static class OtlpParts
{
    /// <summary>Nothing in it is a model call's by the conventions: back ends would count the call twice.</summary>
    public static void OfAttempt(OtlpAttributes to, Guid callId, LlmAttempt attempt)
    {
        to.Add(TelemetryNames.Own.CallId, callId);
        to.Add(TelemetryNames.Own.AttemptOrdinal, attempt.Ordinal);
        to.AddKnown(TelemetryNames.Own.AttemptProvider, attempt.Provider);
        to.AddKnown(TelemetryNames.Own.AttemptRequestModel, attempt.RequestModel);
        to.AddKnown(TelemetryNames.Own.AttemptResponseModel, attempt.ResponseModel);
        AddEnd(to, attempt.Outcome, attempt.ErrorType);
        to.AddKnown(TelemetryNames.HttpStatusCode, attempt.HttpStatus);
        to.AddKnown(TelemetryNames.ServerAddress, attempt.ServerAddress);
        to.AddKnown(TelemetryNames.Own.ProviderRequestId, attempt.Http?.RequestId);
    }

    public static void OfToolCall(OtlpAttributes to, Guid callId, LlmToolCall toolCall)
    {
        to.Add(TelemetryNames.Own.CallId, callId);
        to.Add(TelemetryNames.GenAi.OperationName, LlmVocabulary.ExecuteTool);
        to.Add(TelemetryNames.GenAi.ToolName, toolCall.Name);
        to.Add(TelemetryNames.GenAi.ToolType, toolCall.Type);
        to.AddKnown(TelemetryNames.GenAi.ToolCallId, toolCall.ToolCallId);
        AddEnd(to, toolCall.Outcome, toolCall.ErrorType);
    }

    private static void AddEnd(OtlpAttributes to, LlmOutcome outcome, string? errorType)
    {
        to.AddKnown(TelemetryNames.Own.Outcome, outcome == LlmOutcome.Completed ? null : outcome.ToName());
        if (outcome == LlmOutcome.Failed)
        {
            to.Add(TelemetryNames.ErrorType, errorType ?? TelemetryNames.Other);
        }
    }
}
