using System.Diagnostics.CodeAnalysis;
using LlmObservability.Calls;
using LlmObservability.Tags;
using Microsoft.Extensions.AI;

namespace LlmObservability.Modalities;

/// <summary>The wrapper of a client that turns text into speech.</summary>
[Experimental("MEAI001")]
internal sealed class ObservedTextToSpeechClient : DelegatingTextToSpeechClient
{
    private static readonly ClientKind Kind = new(
        LlmVocabulary.GenerateContent,
        LlmVocabulary.Speech,
        services => services(typeof(TextToSpeechClientMetadata), null) is TextToSpeechClientMetadata metadata
            ? new ClientDetails(metadata.ProviderName, metadata.ProviderUri, metadata.DefaultModelId)
            : null)
    {
        Classify = ModalityTokens.AudioOutput,
    };

    private static readonly FactsReader<TextToSpeechResponse> Reader = Read;

    private readonly ObservedClient _client;

    public ObservedTextToSpeechClient(ITextToSpeechClient inner, LlmObserver observer, bool allWrappedInside)
        : base(inner)
    {
        _client = new ObservedClient(Kind, inner.GetService, observer, ownsInner: true, allWrappedInside);
    }

    public LlmObserver Observer => _client.Observer;

    public override Task<TextToSpeechResponse> GetAudioAsync(
        string text, TextToSpeechOptions? options = null, CancellationToken cancellationToken = default)
    {
        options = _client.TakeTags(OptionTags.TextToSpeech, options, out var tags);
        return _client.SendAsync<Request, TextToSpeechResponse>(new Request(InnerClient, text, options), Reader, tags, cancellationToken);
    }

    public override IAsyncEnumerable<TextToSpeechResponseUpdate> GetStreamingAudioAsync(
        string text, TextToSpeechOptions? options = null, CancellationToken cancellationToken = default)
    {
        options = _client.TakeTags(OptionTags.TextToSpeech, options, out var tags);
        return ObservedUpdates<TextToSpeechResponseUpdate>.Of(
            _client, options?.ModelId, tags, token => InnerClient.GetStreamingAudioAsync(text, options, token), Read, cancellationToken);
    }

    public override object? GetService(Type serviceType, object? serviceKey = null) =>
        serviceKey is null && serviceType == typeof(ClientIdentity) ? _client.Identity : base.GetService(serviceType, serviceKey);

    private static void Read(TextToSpeechResponse response, LlmObserver observer, ref CallFacts facts)
    {
        facts.Add(response.ModelId, response.ResponseId, response.Usage, response.AdditionalProperties, response.RawRepresentation, observer);
    }

    private static ChatResponseUpdate Read(TextToSpeechResponseUpdate update) => new(role: null, update.Contents)
    {
        ModelId = update.ModelId,
        ResponseId = update.ResponseId,
        AdditionalProperties = update.AdditionalProperties,
        RawRepresentation = update.RawRepresentation,
    };

    private readonly record struct Request(ITextToSpeechClient Inner, string Text, TextToSpeechOptions? Options) : IClientRequest<TextToSpeechResponse>
    {
        public string? Model => Options?.ModelId;

        public ChatOptions? ChatOptions => null;

        public OpenCall ToCall(CallTarget target, OpenNode? around, LlmScope? scope, ResolvedTags tags) => new(target, around, scope, tags);

        public Task<TextToSpeechResponse> SendAsync(CancellationToken cancellationToken) => Inner.GetAudioAsync(Text, Options, cancellationToken);
    }
}
