using LlmObservability.Calls;
using LlmObservability.Tags;
using Microsoft.Extensions.AI;

namespace LlmObservability.Embeddings;

/// <summary>The wrapper of an embedding generator: passes everything through unchanged and records each call once.</summary>
internal sealed class ObservedEmbeddingGenerator<TInput, TEmbedding> : DelegatingEmbeddingGenerator<TInput, TEmbedding>
    where TEmbedding : Embedding
{
    private static readonly FactsReader<GeneratedEmbeddings<TEmbedding>> Reader = Read;

    private readonly ObservedClient _client;

    public ObservedEmbeddingGenerator(
        IEmbeddingGenerator<TInput, TEmbedding> inner, LlmObserver observer, bool ownsInner, bool allWrappedInside = false)
        : base(inner)
    {
        _client = new ObservedClient(EmbeddingKind.Instance, inner.GetService, observer, ownsInner, allWrappedInside);
    }

    public LlmObserver Observer => _client.Observer;

    public override Task<GeneratedEmbeddings<TEmbedding>> GenerateAsync(
        IEnumerable<TInput> values, EmbeddingGenerationOptions? options = null, CancellationToken cancellationToken = default)
    {
        options = _client.TakeTags(OptionTags.Embedding, options, out var tags);
        return _client.SendAsync<Request, GeneratedEmbeddings<TEmbedding>>(new Request(InnerGenerator, values, options), Reader, tags, cancellationToken);
    }

    public override object? GetService(Type serviceType, object? serviceKey = null) =>
        serviceKey is null && serviceType == typeof(ClientIdentity) ? _client.Identity : base.GetService(serviceType, serviceKey);

    protected override void Dispose(bool disposing)
    {
        if (_client.OwnsInner)
        {
            base.Dispose(disposing);
        }
    }

    private static void Read(GeneratedEmbeddings<TEmbedding> embeddings, LlmObserver observer, ref CallFacts facts)
    {
        var first = embeddings.Count > 0 ? embeddings[0] : null;
        facts.Add(first?.ModelId, responseId: null, usage: null, embeddings.AdditionalProperties, raw: null, observer);
        facts.InputCount = embeddings.Count;
        facts.Dimensions = first?.Dimensions;
        facts.AddInputUsage(embeddings.Usage);
    }

    private readonly record struct Request(IEmbeddingGenerator<TInput, TEmbedding> Inner, IEnumerable<TInput> Values, EmbeddingGenerationOptions? Options)
        : IClientRequest<GeneratedEmbeddings<TEmbedding>>
    {
        public string? Model => Options?.ModelId;

        public ChatOptions? ChatOptions => null;

        // The inputs are the inner generator's to enumerate; a count is taken only where it stands ready.
        public OpenCall ToCall(CallTarget target, OpenNode? around, LlmScope? scope, ResolvedTags tags) =>
            new OpenEmbedding(target, around, scope, tags, Values is not null && Values.TryGetNonEnumeratedCount(out var count) ? count : null, Options);

        public Task<GeneratedEmbeddings<TEmbedding>> SendAsync(CancellationToken cancellationToken) =>
            Inner.GenerateAsync(Values, Options, cancellationToken);
    }
}
