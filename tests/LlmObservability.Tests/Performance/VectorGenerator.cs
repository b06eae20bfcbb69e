using LlmObservability.Testing;
using Microsoft.Extensions.AI;

namespace LlmObservability.Tests.Performance;

/// <summary>Answers at once, with the same result each time, so that what is measured is the wrapper.</summary>
internal sealed class VectorGenerator : IEmbeddingGenerator<string, Embedding<float>>
{
    public static readonly string[] Inputs = ["a", "b"];

    private readonly EmbeddingGeneratorMetadata _metadata = new("openai", new Uri("https://api.openai.com/v1"), ScriptedEmbeddingGenerator.Model, 1_536);
    private readonly Task<GeneratedEmbeddings<Embedding<float>>> _result = Task.FromResult(ScriptedEmbeddingGenerator.Result());

    public Task<GeneratedEmbeddings<Embedding<float>>> GenerateAsync(
        IEnumerable<string> values, EmbeddingGenerationOptions? options = null, CancellationToken cancellationToken = default) => _result;

    public object? GetService(Type serviceType, object? serviceKey = null) => serviceType == typeof(EmbeddingGeneratorMetadata) ? _metadata : null;

    public void Dispose()
    {
    }
}
