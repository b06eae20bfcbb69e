using System.Runtime.CompilerServices;
using Microsoft.Extensions.AI;
using OpenAI.Chat;
using ChatFinishReason = Microsoft.Extensions.AI.ChatFinishReason;
using ChatMessage = Microsoft.Extensions.AI.ChatMessage;

namespace Quickstart;

/// <summary>
/// Text to and from OpenAI, or a service that speaks as it does, by its official client, which has no <see cref="IChatClient"/> of its own. An application
/// would take the package Microsoft.Extensions.AI.OpenAI, which does all there is.
/// </summary>
internal sealed class OpenAiChatClient(ChatClient client, Uri server, string model) : IChatClient
{
    private readonly ChatClientMetadata _metadata = new("openai", server, model);

    public async Task<ChatResponse> GetResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
    {
        ChatCompletion completion = await client.CompleteChatAsync(Told(messages), cancellationToken: cancellationToken);
        return new ChatResponse(new ChatMessage(ChatRole.Assistant, string.Concat(completion.Content.Select(part => part.Text))))
        {
            FinishReason = Finish(completion.FinishReason),
            ModelId = completion.Model,
            RawRepresentation = completion,
            ResponseId = completion.Id,
            Usage = completion.Usage is { } usage ? Used(usage) : null,
        };
    }

    public async IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        await foreach (var chunk in client.CompleteChatStreamingAsync(Told(messages), cancellationToken: cancellationToken))
        {
            var update = new ChatResponseUpdate(ChatRole.Assistant, [.. chunk.ContentUpdate.Select(part => new TextContent(part.Text))])
            {
                FinishReason = chunk.FinishReason is { } reason ? Finish(reason) : null,
                ModelId = chunk.Model,
                RawRepresentation = chunk,
                ResponseId = chunk.CompletionId,
            };
            if (chunk.Usage is { } usage)
            {
                update.Contents.Add(new UsageContent(Used(usage)));
            }

            yield return update;
        }
    }

    public object? GetService(Type serviceType, object? serviceKey = null)
    {
        ArgumentNullException.ThrowIfNull(serviceType);
        return serviceKey is not null ? null
            : serviceType == typeof(ChatClientMetadata) ? _metadata
            : serviceType == typeof(ChatClient) ? client
            : serviceType.IsInstanceOfType(this) ? this : null;
    }

    public void Dispose()
    {
    }

    private static IEnumerable<OpenAI.Chat.ChatMessage> Told(IEnumerable<ChatMessage> messages) => messages.Select(message =>
        message.Role == ChatRole.System ? OpenAI.Chat.ChatMessage.CreateSystemMessage(message.Text)
        : message.Role == ChatRole.Assistant ? OpenAI.Chat.ChatMessage.CreateAssistantMessage(message.Text)
        : (OpenAI.Chat.ChatMessage)OpenAI.Chat.ChatMessage.CreateUserMessage(message.Text));

    private static ChatFinishReason Finish(OpenAI.Chat.ChatFinishReason reason) => reason switch
    {
        OpenAI.Chat.ChatFinishReason.Length => ChatFinishReason.Length,
        OpenAI.Chat.ChatFinishReason.ContentFilter => ChatFinishReason.ContentFilter,
        _ => ChatFinishReason.Stop,
    };

    private static UsageDetails Used(ChatTokenUsage usage) => new()
    {
        InputTokenCount = usage.InputTokenCount,
        CachedInputTokenCount = usage.InputTokenDetails?.CachedTokenCount,
        OutputTokenCount = usage.OutputTokenCount,
        ReasoningTokenCount = usage.OutputTokenDetails?.ReasoningTokenCount,
        TotalTokenCount = usage.TotalTokenCount,
    };
}
