using Microsoft.Extensions.AI;

namespace LlmObservability.Clients.Tests.Matrix;

/// <summary>Makes calls as an application does.</summary>
internal static class Asking
{
    /// <summary>Makes one call and takes what comes.</summary>
    /// <param name="client">The client.</param>
    /// <param name="streamed">Whether the answer is streamed.</param>
    /// <param name="firstText">Runs once, with the first text of a stream.</param>
    /// <param name="cancellationToken">The call's token.</param>
    /// <returns>The answer's text.</returns>
    public static async Task<string> AskAsync(
        this IChatClient client, bool streamed, Action? firstText = null, CancellationToken cancellationToken = default)
    {
        if (!streamed)
        {
            return (await client.GetResponseAsync("a secret prompt", cancellationToken: cancellationToken)).Text;
        }

        var text = "";
        await foreach (var update in client.GetStreamingResponseAsync("a secret prompt", cancellationToken: cancellationToken))
        {
            if (text.Length == 0 && update.Text.Length > 0)
            {
                firstText?.Invoke();
            }

            text += update.Text;
        }

        return text;
    }

    /// <summary>Makes one call whose answer is streamed; returns the updates as they came.</summary>
    public static async Task<IReadOnlyList<ChatResponseUpdate>> UpdatesAsync(this IChatClient client, CancellationToken cancellationToken)
    {
        var updates = new List<ChatResponseUpdate>();
        await foreach (var update in client.GetStreamingResponseAsync("a secret prompt", cancellationToken: cancellationToken))
        {
            updates.Add(update);
        }

        return updates;
    }
}
