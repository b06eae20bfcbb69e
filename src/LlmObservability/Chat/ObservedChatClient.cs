using System.Diagnostics;
using LlmObservability.Calls;
using LlmObservability.Pipeline;
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

    public ObservedChatClient(IChatClient inner, LlmObserver observer, bool ownsInner, bool allWrappedInside = false)
        : base(inner)
    {
        _observer = observer;
        _client = ClientIdentity.Of(inner, observer, allWrappedInside);
        if (_client.SourceInside is not null)
        {
            observer.TelemetryInside(_client.SourceInside);
        }

        _ownsInner = ownsInner;
    }

    public LlmObserver Observer => _observer;

    public override Task<ChatResponse> GetResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
    {
        options = TakeTags(options, out var tags);
        return _observer.Enabled && Begin(options, tags) is { } call
            ? Observe(call, messages, options, cancellationToken)
            : InnerClient.GetResponseAsync(messages, options, cancellationToken);
    }

    public override IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
    {
        options = TakeTags(options, out var tags);
        return _observer.Enabled && CreateStream(messages, options, tags, cancellationToken) is { } stream
            ? stream
            : InnerClient.GetStreamingResponseAsync(messages, options, cancellationToken);
    }

    /// <summary>Transparent, but for the activity source: clients around this one make their spans with it where none further in has one.</summary>
    public override object? GetService(Type serviceType, object? serviceKey = null)
    {
        if (serviceKey is null && serviceType == typeof(ObservedChatClient))
        {
            return this;
        }

        var service = base.GetService(serviceType, serviceKey);
        return service is null && serviceKey is null && serviceType == typeof(ActivitySource) ? _observer.Telemetry.Source : service;
    }

    protected override void Dispose(bool disposing)
    {
        if (_ownsInner)
        {
            base.Dispose(disposing);
        }
    }

    /// <summary>
    /// Not an async method: an inner client that answers at once costs neither a task nor a state machine. The flow is put
    /// back by hand instead, since what is made ambient here is for the inner client alone.
    /// </summary>
    private Task<ChatResponse> Observe(
        OpenNode call, IEnumerable<ChatMessage> messages, ChatOptions? options, CancellationToken cancellationToken)
    {
        Task<ChatResponse> answering;
        if (ExecutionContext.Capture() is { } flow)
        {
            answering = Ask(call, messages, options, cancellationToken);
            ExecutionContext.Restore(flow);
        }
        else
        {
            // The application suppressed the flow of its context.
            var (outer, activity) = (LlmFlow.Current, Activity.Current);
            answering = Ask(call, messages, options, cancellationToken);
            (LlmFlow.Current, Activity.Current) = (outer, activity);
        }

        if (!answering.IsCompletedSuccessfully)
        {
            return ObserveAsync(call, answering, cancellationToken);
        }

        return call.Complete(answering.Result, CallFacts.Reader) is { } commit ? CommittedAsync(answering, commit, cancellationToken) : answering;
    }

    private Task<ChatResponse> Ask(
        OpenNode call, IEnumerable<ChatMessage> messages, ChatOptions? options, CancellationToken cancellationToken)
    {
        call.TryEnter(options);
        try
        {
            return InnerClient.GetResponseAsync(messages, options, cancellationToken)
                ?? throw new InvalidOperationException("The inner client returned no task.");
        }
        catch (Exception error)
        {
            // Awaited like any other failure, which throws it as it is.
            return Task.FromException<ChatResponse>(error);
        }
    }

    private async Task<ChatResponse> ObserveAsync(OpenNode call, Task<ChatResponse> answering, CancellationToken cancellationToken)
    {
        ChatResponse response;
        try
        {
            response = await answering.ConfigureAwait(false);
        }
        catch (Exception error)
        {
            await _observer.CommittedAsync(call.Fail(error, cancellationToken), cancellationToken).ConfigureAwait(false);
            throw;
        }

        await _observer.CommittedAsync(call.Complete(response, CallFacts.Reader), cancellationToken).ConfigureAwait(false);
        return response;
    }

    private async Task<ChatResponse> CommittedAsync(Task<ChatResponse> answered, CommitWaiter commit, CancellationToken cancellationToken)
    {
        await _observer.CommittedAsync(commit, cancellationToken).ConfigureAwait(false);
        return await answered.ConfigureAwait(false);
    }

    private ChatOptions? TakeTags(ChatOptions? options, out CallTags tags)
    {
        try
        {
            return CallTags.Take(options, out tags);
        }
        catch (Exception error)
        {
            _observer.RecorderFailed(error);
            tags = default;
            return options;
        }
    }

    private OpenNode? Begin(ChatOptions? options, CallTags tags)
    {
        try
        {
            var scope = LlmScope.Current;
            var target = _client.Target(options?.ModelId);
            var around = OpenNode.Around(_observer, scope, tags.Any);
            OpenNode call = around is not null && ReferenceEquals(around.Root.Scope, scope)
                ? new OpenAttempt(target, around)
                : new OpenCall(target, around, scope, _observer.Resolve(scope, tags));
            call.Begin(options);
            return call;
        }
        catch (Exception error)
        {
            _observer.CallLost(error);
            return null;
        }
    }

    private ObservedStream? CreateStream(
        IEnumerable<ChatMessage> messages, ChatOptions? options, CallTags tags, CancellationToken cancellationToken)
    {
        try
        {
            var scope = LlmScope.Current;
            return new ObservedStream(
                _client.Target(options?.ModelId), OpenNode.Around(_observer, scope, tags.Any), scope, _observer.Resolve(scope, tags),
                InnerClient, messages, options, cancellationToken);
        }
        catch (Exception error)
        {
            _observer.CallLost(error);
            return null;
        }
    }
}
