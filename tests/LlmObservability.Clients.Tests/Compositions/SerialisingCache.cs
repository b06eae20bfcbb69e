using System.Text.Json;
using Microsoft.Extensions.AI;

namespace LlmObservability.Clients.Tests.Compositions;

/// <summary>Keeps answers as text, as a distributed cache does: what it gives later is another object.</summary>
internal sealed class SerialisingCache(IChatClient inner) : DelegatingChatClient(inner)
{
    private string? _kept;

    public override async Task<ChatResponse> GetResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
    {
        if (_kept is null)
        {
            var response = await base.GetResponseAsync(messages, options, cancellationToken);
            _kept = JsonSerializer.Serialize(response, AIJsonUtilities.DefaultOptions);
            return response;
        }

        return JsonSerializer.Deserialize<ChatResponse>(_kept, AIJsonUtilities.DefaultOptions)!;
    }
}
