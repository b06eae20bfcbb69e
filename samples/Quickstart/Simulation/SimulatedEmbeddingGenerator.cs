using Microsoft.Extensions.AI;

namespace Quickstart.Simulation;

/// <summary>Embeds texts as nothing in particular, after a plausible time with plausible usage. Thread-safe.</summary>
internal sealed class SimulatedEmbeddingGenerator(TimeProvider time) : IEmbeddingGenerator<string, Embedding<float>>
{
    private const string Model = "text-embedding-3-small";
    private const int Dimensions = 8;
    private readonly EmbeddingGeneratorMetadata _metadata = new("openai", null, Model, Dimensions);

    public async Task<GeneratedEmbeddings<Embedding<float>>> GenerateAsync(
        IEnumerable<string> values, EmbeddingGenerationOptions? options = null, CancellationToken cancellationToken = default)
    {
        var texts = values.ToList();
        await Task.Delay(TimeSpan.FromMilliseconds(Random.Shared.Next(20, 140)), time, cancellationToken);
        var tokens = texts.Sum(text => 1 + (text.Length / 4));
        return new(texts.Select(_ => new Embedding<float>(new float[Dimensions]) { ModelId = Model }))
        {
            Usage = new UsageDetails { InputTokenCount = tokens, TotalTokenCount = tokens },
        };
    }

    public object? GetService(Type serviceType, object? serviceKey = null)
    {
        ArgumentNullException.ThrowIfNull(serviceType);
        return serviceKey is not null ? null
            : serviceType == typeof(EmbeddingGeneratorMetadata) ? _metadata
            : serviceType.IsInstanceOfType(this) ? this : null;
    }

    public void Dispose()
    {
    }
}
