using System.Diagnostics;
using Microsoft.Extensions.AI;

namespace LlmObservability.Telemetry;

/// <summary>
/// Recognises other instrumentations of the same calls. Two nested <c>chat</c> spans with the same usage make back ends
/// count tokens and cost twice.
/// </summary>
internal static class ForeignTelemetry
{
    private const string ExtensionsAi = "Experimental.Microsoft.Extensions.AI";
    private const string OpenAiChat = "OpenAI.ChatClient";
    private const string OpenAiResponses = "OpenAI.ResponsesClient";

    // A function-invoking client's span around its calls, made with whatever source is further in.
    private const string OrchestrateTools = "orchestrate_tools";

    /// <summary>Another instrumentation's span of the call that is about to be made, if the current activity is one or lies right in one.</summary>
    public static Activity? CallSpanAround(Activity current)
    {
        var activity = current;
        while (activity is { OperationName: OrchestrateTools })
        {
            activity = activity.Parent;
        }

        return activity is not null && IsCallSpan(activity) ? activity : null;
    }

    // M.E.AI's source can be given another name; what it says of itself stays.
    private static bool IsCallSpan(Activity activity) =>
        (IsChat(activity.OperationName) || IsChat(activity.DisplayName))
        && (activity.Source.Name is ExtensionsAi or OpenAiChat or OpenAiResponses
            || (activity.Source.Name != LlmTelemetry.ActivitySourceName
                && activity.GetTagItem(TelemetryNames.GenAi.OperationName) is LlmVocabulary.Chat));

    /// <summary>The source of another instrumentation further in, as M.E.AI's clients answer for it; null if there is none.</summary>
    public static string? SourceInside(IChatClient inner) =>
        inner.GetService(typeof(ActivitySource)) is ActivitySource { Name: not LlmTelemetry.ActivitySourceName } source ? source.Name : null;

    private static bool IsChat(string name) =>
        name.StartsWith(LlmVocabulary.Chat, StringComparison.Ordinal)
        && (name.Length == LlmVocabulary.Chat.Length || name[LlmVocabulary.Chat.Length] == ' ');
}
