using System.Runtime.CompilerServices;
using Microsoft.Extensions.AI;

namespace LlmObservability.Clients.Tests.Compositions;

/// <summary>Asks the first, and the second where that fails before anything came.</summary>
internal sealed class FailoverClient(IChatClient first, IChatClient second) : DelegatingChatClient(first)
{
    public override async Task<ChatResponse> GetResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
    {
        try
        {
            return await base.GetResponseAsync(messages, options, cancellationToken);
        }
        catch (Exception error) when (error is not OperationCanceledException)
        {
            return await second.GetResponseAsync(messages, options, cancellationToken);
        }
    }

    public override async IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var updates = base.GetStreamingResponseAsync(messages, options, cancellationToken).GetAsyncEnumerator(cancellationToken);
        var more = false;
        try
        {
            more = await updates.MoveNextAsync();
        }
        catch (Exception error) when (error is not OperationCanceledException)
        {
            await updates.DisposeAsync();
            updates = second.GetStreamingResponseAsync(messages, options, cancellationToken).GetAsyncEnumerator(cancellationToken);
            more = await updates.MoveNextAsync();
        }

        await using (updates)
        {
            for (; more; more = await updates.MoveNextAsync())
            {
                yield return updates.Current;
            }
        }
    }
}
