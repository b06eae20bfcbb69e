using System.Runtime.CompilerServices;
using Microsoft.Extensions.AI;

namespace WebApi;

/// <summary>Stands in for a provider's client: it needs no network and no key, and takes a moment as they do.</summary>
internal sealed class EchoChatClient : IChatClient
{
    private static readonly TimeSpan Moment = TimeSpan.FromMilliseconds(50);

    private readonly ChatClientMetadata _metadata = new("openai", new Uri("https://api.openai.com/v1"), "gpt-4o-mini");

    public async Task<ChatResponse> GetResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default) =>
        await GetStreamingResponseAsync(messages, options, cancellationToken).ToChatResponseAsync(cancellationToken);

    public async IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var question = string.Join(' ', messages.Select(message => message.Text));
        foreach (var word in $"You asked: {question}".Split(' '))
        {
            await Task.Delay(Moment, cancellationToken);
            yield return new ChatResponseUpdate(ChatRole.Assistant, word + " ") { ModelId = "gpt-4o-mini-2024-07-18" };
        }

        yield return new ChatResponseUpdate(
            ChatRole.Assistant, [new UsageContent(new UsageDetails { InputTokenCount = question.Length, OutputTokenCount = question.Length + 3 })])
        {
            FinishReason = ChatFinishReason.Stop,
        };
    }

    public object? GetService(Type serviceType, object? serviceKey = null) => serviceType == typeof(ChatClientMetadata) ? _metadata : null;

    public void Dispose()
    {
    }
}
