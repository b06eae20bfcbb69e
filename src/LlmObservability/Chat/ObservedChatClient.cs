using System.Runtime.CompilerServices;
using LlmObservability.Tags;
using Microsoft.Extensions.AI;

namespace LlmObservability.Chat;

/// <summary>
/// The wrapper: passes everything through unchanged and records each call once. What it does beside the call is guarded;
/// the caller sees the inner client's response, updates and exceptions, and nothing else.
/// </summary>
internal sealed class ObservedChatClient : DelegatingChatClient
{
    private readonly LlmObserver _observer;
    private readonly ClientIdentity _client;
    private readonly bool _ownsInner;

    public ObservedChatClient(IChatClient inner, LlmObserver observer, bool ownsInner)
        : base(inner)
    {
        _observer = observer;
        _client = ClientIdentity.Of(inner, observer);
        _ownsInner = ownsInner;
    }

    public LlmObserver Observer => _observer;

    public override Task<ChatResponse> GetResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
    {
        options = TakeTags(options, out var tags);
        return _observer.Enabled
            ? ObserveAsync(messages, options, tags, cancellationToken)
            : InnerClient.GetResponseAsync(messages, options, cancellationToken);
    }

    public override IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
    {
        options = TakeTags(options, out var tags);
        return _observer.Enabled
            ? StreamAsync(messages, options, LlmScope.Current, tags, cancellationToken)
            : InnerClient.GetStreamingResponseAsync(messages, options, cancellationToken);
    }

    public override object? GetService(Type serviceType, object? serviceKey = null)
    {
        return serviceKey is null && serviceType == typeof(ObservedChatClient)
            ? this
            : base.GetService(serviceType, serviceKey);
    }

    protected override void Dispose(bool disposing)
    {
        if (_ownsInner)
        {
            base.Dispose(disposing);
        }
    }

    private async Task<ChatResponse> ObserveAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options, CallTags? tags, CancellationToken cancellationToken)
    {
        if (Begin(options, tags) is not { } call)
        {
            return await InnerClient.GetResponseAsync(messages, options, cancellationToken).ConfigureAwait(false);
        }

        ChatResponse response;
        try
        {
            response = await InnerClient.GetResponseAsync(messages, options, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception error)
        {
            call.Fail(error, cancellationToken);
            await _observer.CommittedAsync(call.Commit, cancellationToken).ConfigureAwait(false);
            throw;
        }

        call.Complete(response);
        if (call.Commit is { } commit)
        {
            await _observer.CommittedAsync(commit, cancellationToken).ConfigureAwait(false);
        }

        return response;
    }

    private async IAsyncEnumerable<ChatResponseUpdate> StreamAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options, LlmScope? scope, CallTags? tags,
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        if (BeginStream(options, scope, tags) is not { } stream)
        {
            await foreach (var update in InnerClient.GetStreamingResponseAsync(messages, options, cancellationToken).ConfigureAwait(false))
            {
                yield return update;
            }

            yield break;
        }

        var steps = new StreamSteps(InnerClient, messages, options, stream, scope, cancellationToken);
        try
        {
            while (true)
            {
                ChatResponseUpdate update;
                try
                {
                    stream.ProviderTurn();
                    var more = await steps.MoveNextAsync().ConfigureAwait(false);
                    stream.ConsumerTurn();
                    if (!more)
                    {
                        break;
                    }

                    update = steps.Current;
                }
                catch (Exception error)
                {
                    stream.ConsumerTurn();
                    stream.Fail(error, cancellationToken);
                    throw;
                }

                stream.Observe(update);
                yield return update;
            }

            stream.Complete();
        }
        finally
        {
            // The inner stream first: wrapped clients further in must end as this call's attempts while it is open.
            stream.Freeze();
            try
            {
                await steps.DisposeAsync().ConfigureAwait(false);
            }
            finally
            {
                stream.Leave(cancellationToken);
                _observer.Streams.Remove(stream);
            }

            await _observer.CommittedAsync(stream.Commit, cancellationToken).ConfigureAwait(false);
        }
    }

    private ChatOptions? TakeTags(ChatOptions? options, out CallTags? tags)
    {
        try
        {
            return CallTags.Take(options, out tags);
        }
        catch (Exception error)
        {
            _observer.RecorderFailed(error);
            tags = null;
            return options;
        }
    }

    private OpenCall? Begin(ChatOptions? options, CallTags? tags)
    {
        try
        {
            var scope = LlmScope.Current;
            var call = new OpenCall(_observer, _client, options, scope, _observer.Resolve(scope, tags), tags is not null);
            call.Enter();
            return call;
        }
        catch (Exception error)
        {
            _observer.CallLost(error);
            return null;
        }
    }

    private OpenStream? BeginStream(ChatOptions? options, LlmScope? scope, CallTags? tags)
    {
        try
        {
            var stream = new OpenStream(_observer, _client, options, scope, _observer.Resolve(scope, tags), tags is not null);
            _observer.Streams.Add(stream);
            return stream;
        }
        catch (Exception error)
        {
            _observer.CallLost(error);
            return null;
        }
    }
}
