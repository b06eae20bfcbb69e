using System.Runtime.CompilerServices;
using Microsoft.Extensions.AI;

namespace LlmObservability.Benchmarks;

/// <summary>An inner client that answers at once: what is measured is the wrapper.</summary>
internal sealed class InstantChatClient(int updates, bool anew = false) : IChatClient
{
    private readonly ChatClientMetadata _metadata = new("openai", new Uri("https://api.openai.com/v1"), "gpt-4o-mini");
    private readonly Task<ChatResponse> _response = NewResponse();

    private readonly ChatResponseUpdate _update = new(ChatRole.Assistant, "token") { ModelId = "gpt-4o-mini-2024-07-18", ResponseId = "resp-1" };
    private readonly ChatResponseUpdate _last = new(ChatRole.Assistant,
        [new UsageContent(new UsageDetails { InputTokenCount = 1000, OutputTokenCount = 100, TotalTokenCount = 1100 })]);

    public Task<ChatResponse> GetResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default) =>
        anew ? NewResponse() : _response;

    public async IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        await Task.CompletedTask;
        for (var i = 1; i < updates; i++)
        {
            yield return _update;
        }

        yield return _last;
    }

    public object? GetService(Type serviceType, object? serviceKey = null) => serviceType == typeof(ChatClientMetadata) ? _metadata : null;

    private static Task<ChatResponse> NewResponse() => Task.FromResult(new ChatResponse(new ChatMessage(ChatRole.Assistant, "Hello"))
    {
        ModelId = "gpt-4o-mini-2024-07-18",
        ResponseId = "resp-1",
        FinishReason = ChatFinishReason.Stop,
        Usage = new UsageDetails { InputTokenCount = 1000, OutputTokenCount = 100, TotalTokenCount = 1100 },
    });

    public void Dispose()
    {
    }
}
