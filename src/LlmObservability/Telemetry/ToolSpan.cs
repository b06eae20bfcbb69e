using System.Diagnostics;

namespace LlmObservability.Telemetry;

/// <summary>The span of a tool call, after the conventions: never its arguments or its result.</summary>
internal static class ToolSpan
{
    /// <summary>Whether an activity is the span of the invocation of a tool that is about to be made, by whoever makes it.</summary>
    public static bool IsOf(Activity current, string tool) =>
        current.OperationName.StartsWith(LlmVocabulary.ExecuteTool, StringComparison.Ordinal)
        && current.GetTagItem(TelemetryNames.GenAi.ToolName) is string name && name == tool;

    /// <summary>The id by which the model asked, as another's span tells it.</summary>
    public static string? ToolCallId(Activity foreign) => foreign.GetTagItem(TelemetryNames.GenAi.ToolCallId) as string;

    /// <summary>Adds what another's span lacks.</summary>
    public static void Enrich(Activity foreign, string type)
    {
        if (foreign.IsAllDataRequested && foreign.GetTagItem(TelemetryNames.GenAi.ToolType) is null)
        {
            foreign.AddTag(TelemetryNames.GenAi.ToolType, type);
        }
    }

    /// <summary>Starts a span, and makes it the current activity; null when nobody wants one.</summary>
    public static Activity? Start(ActivitySource source, string name, string type, string? toolCallId, DateTimeOffset startedAt)
    {
        List<KeyValuePair<string, object?>> attributes =
        [
            new(TelemetryNames.GenAi.OperationName, LlmVocabulary.ExecuteTool),
            new(TelemetryNames.GenAi.ToolName, name),
            new(TelemetryNames.GenAi.ToolType, type),
        ];
        if (toolCallId is not null)
        {
            attributes.Add(new(TelemetryNames.GenAi.ToolCallId, toolCallId));
        }

        return source.StartActivity(
            $"{LlmVocabulary.ExecuteTool} {name}", ActivityKind.Internal, default(ActivityContext), attributes, links: null, startedAt);
    }

    /// <summary>Fills and ends a span of <see cref="Start"/>. The current activity is then the one before.</summary>
    public static void End(Activity span, LlmToolCall call, SpanHooks hooks)
    {
        if (span.IsAllDataRequested)
        {
            if (call.Outcome != LlmOutcome.Completed)
            {
                span.AddTag(TelemetryNames.Own.Outcome, call.Outcome.ToName());
            }

            if (call.Outcome == LlmOutcome.Failed)
            {
                // Without a description: an exception's message can hold a prompt.
                span.SetStatus(ActivityStatusCode.Error);
                span.AddTag(TelemetryNames.ErrorType, call.ErrorType ?? TelemetryNames.Other);
            }

            hooks.Run(span, call);
        }

        span.SetEndTime((call.StartedAt + call.Duration).UtcDateTime);
        span.Stop();
    }
}
