using System.Diagnostics;

namespace LlmObservability.Telemetry;

/// <summary>
/// Recognises other instrumentations of the same calls. Two nested spans of one operation with the same usage make back
/// ends count tokens and cost twice.
/// </summary>
internal static class ForeignTelemetry
{
    private const string ExtensionsAi = "Experimental.Microsoft.Extensions.AI";
    private const string OpenAiChat = "OpenAI.ChatClient";
    private const string OpenAiResponses = "OpenAI.ResponsesClient";

    // A function-invoking client's span around its calls, made with whatever source is further in.
    private const string OrchestrateTools = "orchestrate_tools";

    /// <summary>Another instrumentation's span of the call that is about to be made, if the current activity is one or lies right in one.</summary>
    /// <param name="current">The current activity.</param>
    /// <param name="operation">The operation of the call: a span of another one is around it, but not of it.</param>
    public static Activity? CallSpanAround(Activity current, string operation)
    {
        var activity = current;
        while (activity is { OperationName: OrchestrateTools })
        {
            activity = activity.Parent;
        }

        return activity is not null && IsCallSpan(activity, operation) ? activity : null;
    }

    // M.E.AI's source can be given another name; what it says of itself stays.
    private static bool IsCallSpan(Activity activity, string operation) =>
        (IsNamed(activity.OperationName, operation) || IsNamed(activity.DisplayName, operation))
        && (activity.Source.Name is ExtensionsAi or OpenAiChat or OpenAiResponses
            || (activity.Source.Name != LlmTelemetry.ActivitySourceName
                && activity.GetTagItem(TelemetryNames.GenAi.OperationName) is string told && told == operation));

    /// <summary>The source of another instrumentation further in, as M.E.AI's clients answer for it; null if there is none.</summary>
    /// <param name="services">The inner client's <c>GetService</c>.</param>
    public static string? SourceInside(Func<Type, object?, object?> services) =>
        services(typeof(ActivitySource), null) is ActivitySource { Name: not LlmTelemetry.ActivitySourceName } source ? source.Name : null;

    private static bool IsNamed(string name, string operation) =>
        name.StartsWith(operation, StringComparison.Ordinal) && (name.Length == operation.Length || name[operation.Length] == ' ');
}
