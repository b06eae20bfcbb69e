using LlmObservability.Calls;
using LlmObservability.Http;

namespace LlmObservability;

/// <summary>
/// Notes what HTTP tells of a call, where it stands in the <c>HttpClient</c> of a wrapped client: the provider's id of the
/// request, the status, the wait that is asked for, what the rate limit leaves, the model that served, and how many requests
/// the provider's SDK sent by itself (docs/http.md). What it notes is in <see cref="LlmCall.Http"/> and
/// <see cref="LlmAttempt.Http"/> of the innermost call or attempt under way. Outside of one it only hands on.
/// </summary>
/// <remarks>
/// It reads headers of responses alone: no body, nothing of a request. It changes neither, and never fails a request.
/// Innermost is best: handlers that retry belong around it, so that each try is counted. Where several stand in one
/// client, only the innermost notes. Thread-safe.
/// </remarks>
public sealed class LlmHttpHandler : DelegatingHandler
{
    /// <summary>A handler whose inner one is set by who builds the chain: <c>AddHttpMessageHandler(() => new LlmHttpHandler())</c>.</summary>
    public LlmHttpHandler()
    {
    }

    /// <summary>A handler in front of another: <c>new HttpClient(new LlmHttpHandler(new SocketsHttpHandler()))</c>.</summary>
    /// <param name="innerHandler">What sends the request; disposed with this.</param>
    public LlmHttpHandler(HttpMessageHandler innerHandler)
        : base(innerHandler)
    {
    }

    /// <inheritdoc/>
    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        return IsInnermost && HttpExchange.Begin() is { } node
            ? ObserveAsync(node, request, cancellationToken)
            : base.SendAsync(request, cancellationToken);
    }

    /// <inheritdoc/>
    protected override HttpResponseMessage Send(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        if (!IsInnermost || HttpExchange.Begin() is not { } node)
        {
            return base.Send(request, cancellationToken);
        }

        HttpResponseMessage response;
        try
        {
            response = base.Send(request, cancellationToken);
        }
        catch
        {
            HttpExchange.Unanswered(node);
            throw;
        }

        HttpExchange.Answered(node, response);
        return response;
    }

    private bool IsInnermost
    {
        get
        {
            var inner = InnerHandler;
            while (inner is DelegatingHandler handler)
            {
                if (handler is LlmHttpHandler)
                {
                    return false;
                }

                inner = handler.InnerHandler;
            }

            return true;
        }
    }

    private async Task<HttpResponseMessage> ObserveAsync(OpenNode node, HttpRequestMessage request, CancellationToken cancellationToken)
    {
        HttpResponseMessage response;
        try
        {
            response = await base.SendAsync(request, cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            HttpExchange.Unanswered(node);
            throw;
        }

        HttpExchange.Answered(node, response);
        return response;
    }
}
