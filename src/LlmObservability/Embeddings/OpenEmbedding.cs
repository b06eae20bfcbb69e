using System.Diagnostics;
using LlmObservability.Calls;
using LlmObservability.Tags;
using LlmObservability.Telemetry;
using Microsoft.Extensions.AI;

namespace LlmObservability.Embeddings;

/// <summary>An embedding under way. What the embeddings tell of their count and dimensions wins over what was asked for.</summary>
internal sealed class OpenEmbedding(
    CallTarget target, OpenNode? around, LlmScope? scope, ResolvedTags tags, int? inputs, EmbeddingGenerationOptions? options)
    : OpenCall(target, around, scope, tags)
{
    private readonly int? _dimensions = options?.Dimensions ?? target.Client.Dimensions;

    protected override void AddRequest(Activity span)
    {
        if (options?.AdditionalProperties is { } properties)
        {
            CallSpan.AddEncodingFormats(span, properties);
        }
    }

    protected override (int? InputCount, int? Dimensions) Embedded(in CallFacts facts) =>
        (facts.InputCount ?? inputs, facts.Dimensions ?? _dimensions);
}
