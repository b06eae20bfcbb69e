using Microsoft.Extensions.AI;

namespace LlmObservability.Testing;

/// <summary>An inner embedding generator that does what the test says.</summary>
public sealed class ScriptedEmbeddingGenerator : IEmbeddingGenerator<string, Embedding<float>>
{
    public const string Model = "text-embedding-3-small";

    public Func<IEnumerable<string>, EmbeddingGenerationOptions?, CancellationToken, Task<GeneratedEmbeddings<Embedding<float>>>> Respond { get; set; } =
        (_, _, _) => Task.FromResult(Result());

    public EmbeddingGeneratorMetadata? Metadata { get; set; } = new("openai", new Uri("https://api.openai.com/v1"), Model, 1_536);

    public EmbeddingGenerationOptions? LastOptions { get; private set; }

    public IEnumerable<string>? LastValues { get; private set; }

    public int Calls { get; private set; }

    public bool Disposed { get; private set; }

    /// <summary>Embeddings of so many inputs in so many dimensions.</summary>
    public static GeneratedEmbeddings<Embedding<float>> Result(int count = 2, int dimensions = 3, long? tokens = 1_234) =>
        new(Enumerable.Range(0, count).Select(_ => new Embedding<float>(new float[dimensions]) { ModelId = Model }))
        {
            Usage = tokens is null ? null : new UsageDetails { InputTokenCount = tokens, TotalTokenCount = tokens },
        };

    public Task<GeneratedEmbeddings<Embedding<float>>> GenerateAsync(
        IEnumerable<string> values, EmbeddingGenerationOptions? options = null, CancellationToken cancellationToken = default)
    {
        Calls++;
        LastValues = values;
        LastOptions = options;
        return Respond(values, options, cancellationToken);
    }

    public object? GetService(Type serviceType, object? serviceKey = null) =>
        serviceKey is null && serviceType == typeof(EmbeddingGeneratorMetadata) ? Metadata
        : serviceKey is null && serviceType?.IsInstanceOfType(this) == true ? this : null;

    public void Dispose() => Disposed = true;
}
