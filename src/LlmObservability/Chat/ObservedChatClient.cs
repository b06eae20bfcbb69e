using System.Diagnostics;
using LlmObservability.Calls;
using LlmObservability.Tags;
using Microsoft.Extensions.AI;

namespace LlmObservability.Chat;

/// <summary>The wrapper of a chat client: passes everything through unchanged and records each call once.</summary>
internal sealed class ObservedChatClient : DelegatingChatClient
{
    private static readonly ClientKind Kind = new(
        LlmVocabulary.Chat,
        LlmVocabulary.Text,
        services => services(typeof(ChatClientMetadata), null) is ChatClientMetadata metadata
            ? new ClientDetails(metadata.ProviderName, metadata.ProviderUri, metadata.DefaultModelId)
            : null);

    private readonly ObservedClient _client;

    public ObservedChatClient(IChatClient inner, LlmObserver observer, bool ownsInner, bool allWrappedInside = false)
        : base(inner)
    {
        _client = new ObservedClient(Kind, inner.GetService, observer, ownsInner, allWrappedInside);
    }

    public LlmObserver Observer => _client.Observer;

    public override Task<ChatResponse> GetResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
    {
        options = TakeTags(options, out var tags);
        return _client.SendAsync<Request, ChatResponse>(new Request(InnerClient, messages, options), CallFacts.Reader, tags, cancellationToken);
    }

    public override IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
    {
        options = TakeTags(options, out var tags);
        return Observer.Enabled && CreateStream(messages, options, tags, cancellationToken) is { } stream
            ? stream
            : InnerClient.GetStreamingResponseAsync(messages, options, cancellationToken);
    }

    /// <summary>Transparent, but for the activity source: clients around this one make their spans with it where none further in has one.</summary>
    public override object? GetService(Type serviceType, object? serviceKey = null)
    {
        if (serviceKey is null && serviceType == typeof(ClientIdentity))
        {
            return _client.Identity;
        }

        var service = base.GetService(serviceType, serviceKey);
        return service is null && serviceKey is null && serviceType == typeof(ActivitySource) ? Observer.Telemetry.Source : service;
    }

    protected override void Dispose(bool disposing)
    {
        if (_client.OwnsInner)
        {
            base.Dispose(disposing);
        }
    }

    // Most options have no properties at all: that is seen without a guard around it.
    private ChatOptions? TakeTags(ChatOptions? options, out CallTags tags)
    {
        if (options?.AdditionalProperties is null)
        {
            tags = default;
            return options;
        }

        return _client.TakeTags(OptionTags.Chat, options, out tags);
    }

    private ObservedStream? CreateStream(
        IEnumerable<ChatMessage> messages, ChatOptions? options, CallTags tags, CancellationToken cancellationToken)
    {
        try
        {
            var flow = LlmFlow.Current;
            var scope = flow?.Scope;
            return new ObservedStream(
                _client.Identity.Target(options?.ModelId), OpenNode.Around(flow, _client.Identity, scope, tags.Any), scope, Observer.Resolve(scope, tags),
                InnerClient, messages, options, cancellationToken);
        }
        catch (Exception error)
        {
            Observer.CallLost(error);
            return null;
        }
    }

    private readonly record struct Request(IChatClient Inner, IEnumerable<ChatMessage> Messages, ChatOptions? ChatOptions) : IClientRequest<ChatResponse>
    {
        public string? Model => ChatOptions?.ModelId;

        public OpenCall ToCall(CallTarget target, OpenNode? around, LlmScope? scope, ResolvedTags tags) => new(target, around, scope, tags);

        public Task<ChatResponse> SendAsync(CancellationToken cancellationToken) => Inner.GetResponseAsync(Messages, ChatOptions, cancellationToken);
    }
}
