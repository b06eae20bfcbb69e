using Microsoft.Extensions.AI;

namespace LlmObservability.Benchmarks;

/// <summary>An inner generator that answers at once: what is measured is the wrapper.</summary>
internal sealed class InstantEmbeddingGenerator : IEmbeddingGenerator<string, Embedding<float>>
{
    private const string Model = "text-embedding-3-small";

    private readonly EmbeddingGeneratorMetadata _metadata = new("openai", new Uri("https://api.openai.com/v1"), Model, 1_536);
    private readonly Task<GeneratedEmbeddings<Embedding<float>>> _result =
        Task.FromResult(new GeneratedEmbeddings<Embedding<float>>([new(new float[1_536]) { ModelId = Model }])
        {
            Usage = new UsageDetails { InputTokenCount = 1_234, TotalTokenCount = 1_234 },
        });

    public Task<GeneratedEmbeddings<Embedding<float>>> GenerateAsync(
        IEnumerable<string> values, EmbeddingGenerationOptions? options = null, CancellationToken cancellationToken = default) => _result;

    public object? GetService(Type serviceType, object? serviceKey = null) => serviceType == typeof(EmbeddingGeneratorMetadata) ? _metadata : null;

    public void Dispose()
    {
    }
}
