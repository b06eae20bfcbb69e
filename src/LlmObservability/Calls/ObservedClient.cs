using System.Diagnostics;
using LlmObservability.Pipeline;
using LlmObservability.Tags;
using Microsoft.Extensions.DependencyInjection;

namespace LlmObservability.Calls;

/// <summary>
/// What the wrappers of all kinds of clients do alike: take the tags off, begin a call, ask the inner client, end the call.
/// What is done beside the call is guarded; the caller sees the inner client's response and exceptions, and nothing else.
/// Thread-safe.
/// </summary>
internal sealed class ObservedClient
{
    /// <param name="kind">What kind of client it is.</param>
    /// <param name="services">The inner client's <c>GetService</c>.</param>
    /// <param name="observer">The recorder.</param>
    /// <param name="ownsInner">Whether the inner client is disposed with the wrapper.</param>
    /// <param name="allWrappedInside">Whether nothing further in calls a provider but wrapped clients.</param>
    public ObservedClient(ClientKind kind, Func<Type, object?, object?> services, LlmObserver observer, bool ownsInner, bool allWrappedInside)
    {
        Observer = observer;
        OwnsInner = ownsInner;
        Identity = ClientIdentity.Of(kind, services, observer, allWrappedInside);
        if (Identity.SourceInside is not null)
        {
            observer.TelemetryInside(Identity.SourceInside);
        }
    }

    public LlmObserver Observer { get; }

    /// <summary>A wrapper answers it when asked for the service of its type: so a wrapper further out knows of this one.</summary>
    public ClientIdentity Identity { get; }

    public bool OwnsInner { get; }

    /// <param name="services">A provider on which <c>AddLlmObservability</c> was called.</param>
    /// <param name="wrapped">What is wrapped, for the error.</param>
    /// <exception cref="InvalidOperationException"><c>AddLlmObservability</c> was not called.</exception>
    public static LlmObserver ObserverOf(IServiceProvider services, string wrapped = "a client")
    {
        ArgumentNullException.ThrowIfNull(services);
        return services.GetService<LlmObserver>()
            ?? throw new InvalidOperationException($"Call services.AddLlmObservability() before wrapping {wrapped}.");
    }

    /// <summary>The options for the inner client, the caller's own unless they held tags.</summary>
    public TOptions? TakeTags<TOptions>(OptionTags<TOptions> kind, TOptions? options, out CallTags tags)
        where TOptions : class
    {
        try
        {
            return kind.Take(options, out tags);
        }
        catch (Exception error)
        {
            Observer.RecorderFailed(error);
            tags = default;
            return options;
        }
    }

    /// <summary>Sends a request as an observed call.</summary>
    /// <param name="request">The request.</param>
    /// <param name="read">Reads its response.</param>
    /// <param name="tags">The call's own tags.</param>
    /// <param name="cancellationToken">The caller's.</param>
    public Task<TResponse> SendAsync<TRequest, TResponse>(
        TRequest request, FactsReader<TResponse> read, CallTags tags, CancellationToken cancellationToken)
        where TRequest : struct, IClientRequest<TResponse>
        where TResponse : class
    {
        return Observer.Enabled && Begin(request, tags) is { } call
            ? Observe(call, request, read, cancellationToken)
            : request.SendAsync(cancellationToken);
    }

    private OpenNode? Begin<TRequest>(in TRequest request, CallTags tags)
        where TRequest : struct, IClientRequest
    {
        try
        {
            // Looked up once: each look at the ambient slot is a search.
            var flow = LlmFlow.Current;
            var scope = flow?.Scope;
            var target = Identity.Target(request.Model);
            var around = OpenNode.Around(flow, Identity, scope, tags.Any);
            OpenNode call = around is not null && ReferenceEquals(around.Root.Scope, scope)
                ? new OpenAttempt(target, around)
                : request.ToCall(target, around, scope, Observer.Resolve(scope, tags));
            call.Begin(request.ChatOptions, flow);
            return call;
        }
        catch (Exception error)
        {
            Observer.CallLost(error);
            return null;
        }
    }

    /// <summary>
    /// Not an async method: an inner client that answers at once costs neither a task nor a state machine. The flow is put
    /// back by hand instead, since what is made ambient here is for the inner client alone.
    /// </summary>
    private Task<TResponse> Observe<TRequest, TResponse>(
        OpenNode call, in TRequest request, FactsReader<TResponse> read, CancellationToken cancellationToken)
        where TRequest : struct, IClientRequest<TResponse>
        where TResponse : class
    {
        Task<TResponse> answering;
        if (ExecutionContext.Capture() is { } flow)
        {
            answering = Ask<TRequest, TResponse>(call, request, cancellationToken);
            ExecutionContext.Restore(flow);
        }
        else
        {
            // The application suppressed the flow of its context.
            var (outer, activity) = (LlmFlow.Current, Activity.Current);
            answering = Ask<TRequest, TResponse>(call, request, cancellationToken);
            (LlmFlow.Current, Activity.Current) = (outer, activity);
        }

        if (!answering.IsCompletedSuccessfully)
        {
            return ObserveAsync(call, answering, read, cancellationToken);
        }

        return call.Complete(answering.Result, read) is { } commit ? CommittedAsync(answering, commit, cancellationToken) : answering;
    }

    private static Task<TResponse> Ask<TRequest, TResponse>(OpenNode call, in TRequest request, CancellationToken cancellationToken)
        where TRequest : struct, IClientRequest<TResponse>
        where TResponse : class
    {
        call.TryEnter(request.ChatOptions);
        try
        {
            return request.SendAsync(cancellationToken) ?? throw new InvalidOperationException("The inner client returned no task.");
        }
        catch (Exception error)
        {
            // Awaited like any other failure, which throws it as it is.
            return Task.FromException<TResponse>(error);
        }
    }

    private async Task<TResponse> ObserveAsync<TResponse>(
        OpenNode call, Task<TResponse> answering, FactsReader<TResponse> read, CancellationToken cancellationToken)
        where TResponse : class
    {
        TResponse response;
        try
        {
            response = await answering.ConfigureAwait(false);
        }
        catch (Exception error)
        {
            await Observer.CommittedAsync(call.Fail(error, cancellationToken), cancellationToken).ConfigureAwait(false);
            throw;
        }

        await Observer.CommittedAsync(call.Complete(response, read), cancellationToken).ConfigureAwait(false);
        return response;
    }

    private async Task<TResponse> CommittedAsync<TResponse>(Task<TResponse> answered, CommitWaiter commit, CancellationToken cancellationToken)
    {
        await Observer.CommittedAsync(commit, cancellationToken).ConfigureAwait(false);
        return await answered.ConfigureAwait(false);
    }
}
