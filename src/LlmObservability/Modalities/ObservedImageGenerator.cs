using System.Diagnostics.CodeAnalysis;
using LlmObservability.Calls;
using LlmObservability.Tags;
using Microsoft.Extensions.AI;

namespace LlmObservability.Modalities;

/// <summary>The wrapper of an image generator.</summary>
[Experimental("MEAI001")]
internal sealed class ObservedImageGenerator : DelegatingImageGenerator
{
    private static readonly ClientKind Kind = new(
        LlmVocabulary.GenerateContent,
        LlmVocabulary.Image,
        services => services(typeof(ImageGeneratorMetadata), null) is ImageGeneratorMetadata metadata
            ? new ClientDetails(metadata.ProviderName, metadata.ProviderUri, metadata.DefaultModelId)
            : null)
    {
        Classify = ModalityTokens.ImageOutput,
    };

    private static readonly FactsReader<ImageGenerationResponse> Reader = Read;

    private readonly ObservedClient _client;

    public ObservedImageGenerator(IImageGenerator inner, LlmObserver observer, bool allWrappedInside)
        : base(inner)
    {
        _client = new ObservedClient(Kind, inner.GetService, observer, ownsInner: true, allWrappedInside);
    }

    public LlmObserver Observer => _client.Observer;

    public override Task<ImageGenerationResponse> GenerateAsync(
        ImageGenerationRequest request, ImageGenerationOptions? options = null, CancellationToken cancellationToken = default)
    {
        options = _client.TakeTags(OptionTags.Image, options, out var tags);
        return _client.SendAsync<Request, ImageGenerationResponse>(new Request(InnerGenerator, request, options), Reader, tags, cancellationToken);
    }

    public override object? GetService(Type serviceType, object? serviceKey = null) =>
        serviceKey is null && serviceType == typeof(ClientIdentity) ? _client.Identity : base.GetService(serviceType, serviceKey);

    // The response names neither its model nor an id.
    private static void Read(ImageGenerationResponse response, LlmObserver observer, ref CallFacts facts) =>
        facts.Add(model: null, responseId: null, response.Usage, properties: null, response.RawRepresentation, observer);

    private readonly record struct Request(IImageGenerator Inner, ImageGenerationRequest Wish, ImageGenerationOptions? Options)
        : IClientRequest<ImageGenerationResponse>
    {
        public string? Model => Options?.ModelId;

        public ChatOptions? ChatOptions => null;

        public OpenCall ToCall(CallTarget target, OpenNode? around, LlmScope? scope, ResolvedTags tags) => new(target, around, scope, tags);

        public Task<ImageGenerationResponse> SendAsync(CancellationToken cancellationToken) => Inner.GenerateAsync(Wish, Options, cancellationToken);
    }
}
