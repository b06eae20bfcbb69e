using LlmObservability;
using Microsoft.Extensions.AI;

namespace Quickstart.Simulation;

/// <summary>Answers a question now and then as if it had been asked before. The application says so to the recorder: nothing was billed.</summary>
internal sealed class AnswerCache(IChatClient inner) : DelegatingChatClient(inner)
{
    private const double HitRate = 0.3;

    public override Task<ChatResponse> GetResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
    {
        if (options?.ResponseFormat is ChatResponseFormatJson || options?.Tools is not null || Random.Shared.NextDouble() >= HitRate)
        {
            return base.GetResponseAsync(messages, options, cancellationToken);
        }

        LlmCurrentCall.MarkCached(0.9 + (Random.Shared.NextDouble() / 10));
        return Task.FromResult(new ChatResponse(new ChatMessage(ChatRole.Assistant, "As I said before."))
        {
            ModelId = options?.ModelId,
            FinishReason = ChatFinishReason.Stop,
        });
    }
}
