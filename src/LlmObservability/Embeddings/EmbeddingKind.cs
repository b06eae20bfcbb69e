using LlmObservability.Calls;
using Microsoft.Extensions.AI;

namespace LlmObservability.Embeddings;

/// <summary>Embedding generators are one kind, whatever they embed.</summary>
internal static class EmbeddingKind
{
    public static readonly ClientKind Instance = new(
        LlmVocabulary.Embeddings,
        LlmVocabulary.Text,
        services => services(typeof(EmbeddingGeneratorMetadata), null) is EmbeddingGeneratorMetadata metadata
            ? new ClientDetails(metadata.ProviderName, metadata.ProviderUri, metadata.DefaultModelId, metadata.DefaultModelDimensions)
            : null);
}
