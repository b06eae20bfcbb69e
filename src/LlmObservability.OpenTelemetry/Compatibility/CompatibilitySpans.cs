using System.Diagnostics;
using LlmObservability.Telemetry;

namespace LlmObservability.OpenTelemetry.Compatibility;

/// <summary>Puts the attributes of other vocabularies on live spans: this library's, or another instrumentation's of the same call.</summary>
internal sealed class CompatibilitySpans(LlmCompatibility which)
{
    public void Enrich(Activity span, LlmCall call)
    {
        var attributes = new List<KeyValuePair<string, object?>>(32);
        CompatibilityAttributes.OfCall(which, call, attributes);
        if (span.Source.Name == LlmTelemetry.ActivitySourceName)
        {
            Set(span, attributes);
            return;
        }

        // Calls in one span may end at the same time: the last to come here says the sum of all.
        lock (span)
        {
            Set(span, attributes);
            AddUp(span, call);
        }
    }

    public void Enrich(Activity span, LlmToolCall call)
    {
        var attributes = new List<KeyValuePair<string, object?>>(8);
        CompatibilityAttributes.OfToolCall(which, call, attributes);
        Set(span, attributes);
    }

    // Set, not added: another instrumentation's span may hold several calls. Who the user is, and which session it is, the
    // application may have said itself; that stays.
    private static void Set(Activity span, List<KeyValuePair<string, object?>> attributes)
    {
        foreach (var (key, value) in attributes)
        {
            if (key is not (CommonNames.UserId or CommonNames.SessionId) || span.GetTagItem(key) is null)
            {
                span.SetTag(key, value);
            }
        }
    }

    // Of several calls in one span the cost is the sum, as it is under the conventions' name; its parts are then not known.
    private void AddUp(Activity span, LlmCall call)
    {
        if (span.GetTagItem(TelemetryNames.GenAi.UsageCost) is not double sum
            || (call.Cost is { } cost && sum == cost.TotalNanos / (double)LlmCost.NanosPerUsd))
        {
            return;
        }

        if (which.HasFlag(LlmCompatibility.Langfuse))
        {
            span.SetTag(LangfuseNames.CostDetails, TagTexts.Json(json => json.WriteNumber(LangfuseNames.Classes.Total, sum)));
        }

        if (which.HasFlag(LlmCompatibility.OpenInference))
        {
            span.SetTag(OpenInferenceNames.Cost.Total, sum);
            span.SetTag(OpenInferenceNames.Cost.Prompt, null);
            span.SetTag(OpenInferenceNames.Cost.Completion, null);
            span.SetTag(OpenInferenceNames.Cost.CacheRead, null);
        }
    }
}
