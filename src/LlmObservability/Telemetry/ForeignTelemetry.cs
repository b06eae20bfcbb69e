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

    /// <summary>Whether this is another instrumentation's span of the call that is about to be made.</summary>
    public static bool IsCallSpan(Activity activity) =>
        activity.Source.Name is ExtensionsAi or OpenAiChat or OpenAiResponses
        && (IsChat(activity.OperationName) || IsChat(activity.DisplayName));

    /// <summary>The source of another instrumentation further in, as M.E.AI's clients answer for it; null if there is none.</summary>
    public static string? SourceInside(IChatClient inner) =>
        inner.GetService(typeof(ActivitySource)) is ActivitySource { Name: not LlmTelemetry.ActivitySourceName } source ? source.Name : null;

    private static bool IsChat(string name) =>
        name.StartsWith(LlmVocabulary.Chat, StringComparison.Ordinal)
        && (name.Length == LlmVocabulary.Chat.Length || name[LlmVocabulary.Chat.Length] == ' ');
}
