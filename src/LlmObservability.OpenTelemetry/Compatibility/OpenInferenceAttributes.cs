using static LlmObservability.OpenTelemetry.Compatibility.CompatibilityAttributes;

namespace LlmObservability.OpenTelemetry.Compatibility;

/// <summary>A call in the words of OpenInference.</summary>
internal static class OpenInferenceAttributes
{
    public static void OfCall(LlmCall call, ICollection<KeyValuePair<string, object?>> into)
    {
        if (call.Operation == LlmVocabulary.ExecuteTool)
        {
            Add(into, OpenInferenceNames.SpanKind, OpenInferenceNames.Kinds.Tool);
        }
        else
        {
            AddModelCall(call, into);
        }

        Add(into, OpenInferenceNames.Tags, TagTexts.Labels(call.Tags));
        if (TagTexts.Metadata(call.Tags).ToArray() is { Length: > 0 } metadata)
        {
            Add(into, OpenInferenceNames.Metadata, TagTexts.Json(json =>
            {
                foreach (var (key, value) in metadata)
                {
                    json.WriteString(key, value);
                }
            }));
        }
    }

    public static void OfToolCall(LlmToolCall call, ICollection<KeyValuePair<string, object?>> into)
    {
        Add(into, OpenInferenceNames.SpanKind, OpenInferenceNames.Kinds.Tool);
        Add(into, OpenInferenceNames.ToolName, call.Name);
        Add(into, OpenInferenceNames.ToolId, call.ToolCallId);
    }

    private static void AddModelCall(LlmCall call, ICollection<KeyValuePair<string, object?>> into)
    {
        if (call.Operation == LlmVocabulary.Embeddings)
        {
            Add(into, OpenInferenceNames.SpanKind, OpenInferenceNames.Kinds.Embedding);
            Add(into, OpenInferenceNames.EmbeddingModelName, call.Model);
        }
        else
        {
            Add(into, OpenInferenceNames.SpanKind, OpenInferenceNames.Kinds.Llm);
            Add(into, OpenInferenceNames.ModelName, call.Model);
            Add(into, OpenInferenceNames.RequestModelName, call.RequestModel);
            Add(into, OpenInferenceNames.ResponseModelName, call.ResponseModel);
            Add(into, OpenInferenceNames.FinishReason, call.FinishReason);
        }

        var (provider, system) = Vendor(call.Provider);
        Add(into, OpenInferenceNames.Provider, provider);
        Add(into, OpenInferenceNames.System, system);
        AddTokens(call, into);
        AddCost(call, into);
    }

    private static void AddTokens(LlmCall call, ICollection<KeyValuePair<string, object?>> into)
    {
        var tokens = call.Tokens;
        if (tokens.Source == LlmUsageSource.Missing)
        {
            return;
        }

        Add(into, OpenInferenceNames.TokenCount.Prompt, tokens.Input);
        if (call.HasOutput)
        {
            Add(into, OpenInferenceNames.TokenCount.Completion, tokens.Output);
        }

        Add(into, OpenInferenceNames.TokenCount.Total, tokens.Input + tokens.Output);
        var detail = tokens.Detail;
        AddCount(into, OpenInferenceNames.TokenCount.CacheRead, tokens.AllCacheRead);
        AddCount(into, OpenInferenceNames.TokenCount.CacheWrite, tokens.CacheWrite5m + tokens.CacheWrite1h);
        AddCount(into, OpenInferenceNames.TokenCount.PromptAudio, detail?.AudioInput ?? 0);
        AddCount(into, OpenInferenceNames.TokenCount.Reasoning, tokens.Reasoning);
        AddCount(into, OpenInferenceNames.TokenCount.CompletionAudio, detail?.AudioOutput ?? 0);
    }

    // The total has fees per request too, for which there is no word.
    private static void AddCost(LlmCall call, ICollection<KeyValuePair<string, object?>> into)
    {
        if (call.Cost is not { } cost)
        {
            return;
        }

        Add(into, OpenInferenceNames.Cost.Prompt, Usd(cost.InputNanos + cost.CachedInputNanos));
        if (call.HasOutput)
        {
            Add(into, OpenInferenceNames.Cost.Completion, Usd(cost.OutputNanos));
        }

        Add(into, OpenInferenceNames.Cost.Total, Usd(cost.TotalNanos));
        if (cost.CachedInputNanos != 0)
        {
            Add(into, OpenInferenceNames.Cost.CacheRead, Usd(cost.CachedInputNanos));
        }
    }

    private static double Usd(long nanos) => nanos / (double)LlmCost.NanosPerUsd;

    // Who hosts the model, and whose it is. A name that the conventions do not have stands for both.
    private static (string? Provider, string? System) Vendor(string? provider) => provider switch
    {
        "openai" => ("openai", "openai"),
        "azure.ai.openai" => ("azure", "openai"),
        "azure.ai.inference" => ("azure", null),
        "anthropic" => ("anthropic", "anthropic"),
        "aws.bedrock" => ("aws", null),
        "gcp.vertex_ai" => ("google", "vertexai"),
        "gcp.gemini" or "gcp.gen_ai" => ("google", null),
        "cohere" => ("cohere", "cohere"),
        "mistral_ai" => ("mistralai", "mistralai"),
        "x_ai" => ("xai", null),
        "deepseek" or "groq" or "perplexity" => (provider, null),
        _ => (provider, provider),
    };
}
