using System.Runtime.CompilerServices;
using Microsoft.Extensions.AI;

namespace Quickstart.Simulation;

/// <summary>Asks a second client when the first is overloaded; models of other providers go to the second at once.</summary>
internal sealed class FallbackChatClient(IChatClient first, IChatClient second) : IChatClient
{
    private const string FallbackModel = "gpt-4.1-mini";

    public async Task<ChatResponse> GetResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
    {
        var asked = messages.ToList();
        if (!IsFirsts(options))
        {
            return await second.GetResponseAsync(asked, options, cancellationToken);
        }

        try
        {
            return await first.GetResponseAsync(asked, options, cancellationToken);
        }
        catch (HttpRequestException)
        {
            var other = options?.Clone() ?? new ChatOptions();
            other.ModelId = FallbackModel;
            return await second.GetResponseAsync(asked, other, cancellationToken);
        }
    }

    public async IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var client = IsFirsts(options) ? first : second;
        await foreach (var update in client.GetStreamingResponseAsync(messages, options, cancellationToken))
        {
            yield return update;
        }
    }

    public object? GetService(Type serviceType, object? serviceKey = null)
    {
        ArgumentNullException.ThrowIfNull(serviceType);
        return serviceKey is null && serviceType.IsInstanceOfType(this) ? this : null;
    }

    public void Dispose()
    {
        first.Dispose();
        second.Dispose();
    }

    private static bool IsFirsts(ChatOptions? options) => options?.ModelId?.StartsWith("claude", StringComparison.Ordinal) != false;
}
