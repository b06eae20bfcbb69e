using System.Diagnostics;

namespace LlmObservability.Telemetry;

/// <summary>
/// The span of a wrapped client inside another one. It has nothing by which back ends count: neither an operation nor a
/// provider or model under <c>gen_ai.</c>, nor usage or cost. Those are the call's.
/// </summary>
internal static class AttemptSpan
{
    private const string Name = "attempt";

    /// <summary><c>attempt {model}</c>.</summary>
    public static string NameOf(in TelemetryTargetKey target) => target.RequestModel is null ? Name : $"{Name} {target.RequestModel}";

    /// <summary>The attributes known before an attempt begins.</summary>
    public static KeyValuePair<string, object?>[] AttributesOf(in TelemetryTargetKey target)
    {
        List<KeyValuePair<string, object?>> attributes = [];
        Add(attributes, TelemetryNames.Own.AttemptProvider, target.Provider);
        Add(attributes, TelemetryNames.Own.AttemptRequestModel, target.RequestModel);
        Add(attributes, TelemetryNames.ServerAddress, target.ServerAddress);
        return [.. attributes];
    }

    /// <summary>Starts a span, and makes it the current activity; null when nobody wants one.</summary>
    public static Activity? Start(ActivitySource source, TelemetryTarget target, DateTimeOffset startedAt) => source.StartActivity(
        target.AttemptSpanName, ActivityKind.Internal, default(ActivityContext), target.AttemptAttributes, links: null, startedAt);

    /// <summary>What came of an attempt.</summary>
    public static void AddAttempt(Activity span, LlmAttempt attempt)
    {
        Add(span, TelemetryNames.Own.AttemptResponseModel, attempt.ResponseModel);
        Add(span, TelemetryNames.HttpStatusCode, attempt.HttpStatus);
        Add(span, TelemetryNames.Own.ProviderRequestId, attempt.Http?.RequestId);
    }

    /// <summary>How it ended, and in which call.</summary>
    /// <param name="span">The span.</param>
    /// <param name="callId">The call's id, where known.</param>
    /// <param name="ordinal">Its place among the call's attempts; null for what was none.</param>
    /// <param name="outcome">How it ended.</param>
    /// <param name="errorType">The exception's type, on failures.</param>
    public static void AddEnd(Activity span, Guid? callId, int? ordinal, LlmOutcome outcome, string? errorType)
    {
        Add(span, TelemetryNames.Own.CallId, callId);
        Add(span, TelemetryNames.Own.AttemptOrdinal, ordinal);
        Add(span, TelemetryNames.Own.Outcome, outcome == LlmOutcome.Completed ? null : outcome.ToName());
        if (outcome == LlmOutcome.Failed)
        {
            // Without a description: an exception's message can hold a prompt.
            span.SetStatus(ActivityStatusCode.Error);
            span.AddTag(TelemetryNames.ErrorType, errorType ?? TelemetryNames.Other);
        }
    }

    private static void Add(Activity span, string key, object? value)
    {
        if (value is not null)
        {
            span.AddTag(key, value);
        }
    }

    private static void Add(List<KeyValuePair<string, object?>> attributes, string key, string? value)
    {
        if (value is not null)
        {
            attributes.Add(new(key, value));
        }
    }
}
