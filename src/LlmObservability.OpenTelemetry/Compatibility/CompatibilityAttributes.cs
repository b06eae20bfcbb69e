namespace LlmObservability.OpenTelemetry.Compatibility;

/// <summary>
/// What a call is under the names of other vocabularies: of live spans and of exported records alike. Each key at most once;
/// values are strings, string arrays, longs and doubles; nothing of a prompt, an answer, or a tool's arguments and result.
/// </summary>
internal static class CompatibilityAttributes
{
    public static void OfCall(LlmCompatibility which, LlmCall call, ICollection<KeyValuePair<string, object?>> into)
    {
        if (which == LlmCompatibility.None)
        {
            return;
        }

        if (which.HasFlag(LlmCompatibility.Langfuse))
        {
            LangfuseAttributes.OfCall(call, into);
        }

        if (which.HasFlag(LlmCompatibility.OpenInference))
        {
            OpenInferenceAttributes.OfCall(call, into);
        }

        // Both read these: said once. The user's id is the stored one, a hash unless plain ids are configured.
        Add(into, CommonNames.UserId, call.Tags.User);
        Add(into, CommonNames.SessionId, call.Tags.Session ?? call.Tags.Conversation);
    }

    public static void OfToolCall(LlmCompatibility which, LlmToolCall call, ICollection<KeyValuePair<string, object?>> into)
    {
        if (which.HasFlag(LlmCompatibility.Langfuse))
        {
            LangfuseAttributes.OfToolCall(call, into);
        }

        if (which.HasFlag(LlmCompatibility.OpenInference))
        {
            OpenInferenceAttributes.OfToolCall(call, into);
        }
    }

    internal static void Add(ICollection<KeyValuePair<string, object?>> into, string key, object? value)
    {
        if (value is not null)
        {
            into.Add(new(key, value));
        }
    }

    internal static void AddCount(ICollection<KeyValuePair<string, object?>> into, string key, long count)
    {
        if (count > 0)
        {
            into.Add(new(key, count));
        }
    }
}
