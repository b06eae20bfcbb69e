using Microsoft.Extensions.AI;

namespace LlmObservability.Tests.Telemetry;

/// <summary>Asks again once; nobody sees what is inside.</summary>
internal sealed class RetryClient(IChatClient inner) : DelegatingChatClient(inner)
{
    public override async Task<ChatResponse> GetResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
    {
        try
        {
            return await base.GetResponseAsync(messages, options, cancellationToken);
        }
        catch (Exception error) when (error is HttpRequestException or TimeoutException)
        {
            return await base.GetResponseAsync(messages, options, cancellationToken);
        }
    }
}
