using LlmObservability.Sinks;

namespace LlmObservability.Pipeline;

/// <summary>Estimates the memory an envelope holds: a fixed part and two bytes a character of its own text.</summary>
internal static class EnvelopeSize
{
    private const int CallBase = 640;
    private const int ChildBase = 320;

    public static int Estimate(LlmEnvelope envelope)
    {
        if (envelope is LlmToolCallEnvelope { ToolCall: var alone })
        {
            return ChildBase + Text(alone.Name) + Text(alone.ToolCallId);
        }

        if (envelope is not LlmCallEnvelope { Call: var call } withCall)
        {
            var amendment = ((LlmAmendmentEnvelope)envelope).Amendment;
            return ChildBase + Text(amendment.Kind) + Text(amendment.Name) + Text(amendment.Label);
        }

        var bytes = CallBase + call.Tags.EstimatedBytes + Text(call.ResponseId) + Text(call.ResponseModel)
            + Text(call.RequestModel) + Text(call.FinishReason)
            + Text(call.SchemaErrors) + Text(call.Http?.RequestId);
        if (withCall.AttemptsOrOne is LlmAttempt only)
        {
            bytes += Attempt(only);
        }
        else if (withCall.AttemptsOrOne is not LlmAttempt[] { Length: 0 })
        {
            foreach (var attempt in withCall.Attempts)
            {
                bytes += Attempt(attempt);
            }
        }

        // Looking through an empty list costs more than all of the above.
        if (withCall.ToolCalls is not LlmToolCall[] { Length: 0 })
        {
            foreach (var tool in withCall.ToolCalls)
            {
                bytes += ChildBase + Text(tool.Name) + Text(tool.ToolCallId);
            }
        }

        return bytes;
    }

    private static int Attempt(LlmAttempt attempt) => ChildBase + Text(attempt.ResponseId) + Text(attempt.ResponseModel);

    private static int Text(string? text) => text is null ? 0 : 2 * text.Length;
}
