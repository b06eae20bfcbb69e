using System.Diagnostics.CodeAnalysis;
using LlmObservability.Calls;
using LlmObservability.Tags;
using Microsoft.Extensions.AI;

namespace LlmObservability.Modalities;

/// <summary>The wrapper of a client that turns speech into text. The audio is the inner client's to read.</summary>
[Experimental("MEAI001")]
internal sealed class ObservedSpeechToTextClient : DelegatingSpeechToTextClient
{
    private static readonly ClientKind Kind = new(
        LlmVocabulary.GenerateContent,
        LlmVocabulary.Text,
        services => services(typeof(SpeechToTextClientMetadata), null) is SpeechToTextClientMetadata metadata
            ? new ClientDetails(metadata.ProviderName, metadata.ProviderUri, metadata.DefaultModelId)
            : null)
    {
        Classify = ModalityTokens.AudioInput,
    };

    private static readonly FactsReader<SpeechToTextResponse> Reader = Read;

    private readonly ObservedClient _client;

    public ObservedSpeechToTextClient(ISpeechToTextClient inner, LlmObserver observer, bool allWrappedInside)
        : base(inner)
    {
        _client = new ObservedClient(Kind, inner.GetService, observer, ownsInner: true, allWrappedInside);
    }

    public LlmObserver Observer => _client.Observer;

    public override Task<SpeechToTextResponse> GetTextAsync(
        Stream audioSpeechStream, SpeechToTextOptions? options = null, CancellationToken cancellationToken = default)
    {
        options = _client.TakeTags(OptionTags.SpeechToText, options, out var tags);
        return _client.SendAsync<Request, SpeechToTextResponse>(new Request(InnerClient, audioSpeechStream, options), Reader, tags, cancellationToken);
    }

    public override IAsyncEnumerable<SpeechToTextResponseUpdate> GetStreamingTextAsync(
        Stream audioSpeechStream, SpeechToTextOptions? options = null, CancellationToken cancellationToken = default)
    {
        options = _client.TakeTags(OptionTags.SpeechToText, options, out var tags);
        return ObservedUpdates<SpeechToTextResponseUpdate>.Of(
            _client, options?.ModelId, tags, token => InnerClient.GetStreamingTextAsync(audioSpeechStream, options, token), Read, cancellationToken);
    }

    public override object? GetService(Type serviceType, object? serviceKey = null) =>
        serviceKey is null && serviceType == typeof(ClientIdentity) ? _client.Identity : base.GetService(serviceType, serviceKey);

    private static void Read(SpeechToTextResponse response, LlmObserver observer, ref CallFacts facts)
    {
        facts.Add(response.ModelId, response.ResponseId, response.Usage, response.AdditionalProperties, response.RawRepresentation, observer);
    }

    private static ChatResponseUpdate Read(SpeechToTextResponseUpdate update) => new(role: null, update.Contents)
    {
        ModelId = update.ModelId,
        ResponseId = update.ResponseId,
        AdditionalProperties = update.AdditionalProperties,
        RawRepresentation = update.RawRepresentation,
    };

    private readonly record struct Request(ISpeechToTextClient Inner, Stream Audio, SpeechToTextOptions? Options) : IClientRequest<SpeechToTextResponse>
    {
        public string? Model => Options?.ModelId;

        public ChatOptions? ChatOptions => null;

        public OpenCall ToCall(CallTarget target, OpenNode? around, LlmScope? scope, ResolvedTags tags) => new(target, around, scope, tags);

        public Task<SpeechToTextResponse> SendAsync(CancellationToken cancellationToken) => Inner.GetTextAsync(Audio, Options, cancellationToken);
    }
}
