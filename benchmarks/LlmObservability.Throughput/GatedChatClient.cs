using System.Runtime.CompilerServices;
using Microsoft.Extensions.AI;

namespace LlmObservability.Throughput;

/// <summary>Streams an update whenever the shared gate opens.</summary>
internal sealed class GatedChatClient(StreamGate gate) : IChatClient
{
    private readonly ChatClientMetadata _metadata = new("openai", new Uri("https://api.openai.com/v1"), "gpt-4o-mini");

    public Task<ChatResponse> GetResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default) =>
        throw new NotSupportedException("This client streams.");

    public async IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var clock = (StreamClock)options!;
        for (var i = 0; i < gate.Updates; i++)
        {
            clock.Asked();
            await gate.At(i);
            var update = i < gate.Updates - 1
                ? new ChatResponseUpdate(ChatRole.Assistant, "token")
                : new ChatResponseUpdate(
                    ChatRole.Assistant,
                    [new UsageContent(new UsageDetails { InputTokenCount = 1000, OutputTokenCount = gate.Updates })]);
            update.ModelId = "gpt-4o-mini-2024-07-18";
            clock.Answer();
            yield return update;
        }

        clock.Asked();
        clock.Answer();
    }

    public object? GetService(Type serviceType, object? serviceKey = null) => serviceType == typeof(ChatClientMetadata) ? _metadata : null;

    public void Dispose()
    {
    }
}
