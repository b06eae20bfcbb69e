using System.Runtime.CompilerServices;
using Microsoft.Extensions.AI;

namespace LlmObservability.Testing;

/// <summary>An inner client that does what the test says.</summary>
public sealed class ScriptedChatClient : IChatClient
{
    public Func<IEnumerable<ChatMessage>, ChatOptions?, CancellationToken, Task<ChatResponse>> Respond { get; set; } =
        (_, _, _) => Task.FromResult(Response());

    public Func<IEnumerable<ChatMessage>, ChatOptions?, CancellationToken, IAsyncEnumerable<ChatResponseUpdate>> Stream { get; set; } =
        (_, _, token) => Updates(token, "Hel", "lo");

    public ChatClientMetadata? Metadata { get; set; } = new("openai", new Uri("https://api.openai.com/v1"), "gpt-4o-mini");

    public ChatOptions? LastOptions { get; private set; }

    public IEnumerable<ChatMessage>? LastMessages { get; private set; }

    public int Calls { get; private set; }

    public bool Disposed { get; private set; }

    public static ChatResponse Response(long input = 1000, long output = 100, string model = "gpt-4o-mini-2024-07-18") => new(new ChatMessage(ChatRole.Assistant, "Hello"))
    {
        ModelId = model,
        ResponseId = "resp-1",
        FinishReason = ChatFinishReason.Stop,
        Usage = new UsageDetails { InputTokenCount = input, OutputTokenCount = output, TotalTokenCount = input + output },
    };

    public static async IAsyncEnumerable<ChatResponseUpdate> Updates(
        [EnumeratorCancellation] CancellationToken cancellationToken, params string[] texts)
    {
        foreach (var text in texts)
        {
            await Task.Yield();
            cancellationToken.ThrowIfCancellationRequested();
            yield return new ChatResponseUpdate(ChatRole.Assistant, text) { ModelId = "gpt-4o-mini-2024-07-18", ResponseId = "resp-1" };
        }

        yield return new ChatResponseUpdate(ChatRole.Assistant,
            [new UsageContent(new UsageDetails { InputTokenCount = 1000, OutputTokenCount = 100, TotalTokenCount = 1100 })])
        {
            FinishReason = ChatFinishReason.Stop,
        };
    }

    public Task<ChatResponse> GetResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
    {
        Seen(messages, options);
        return Respond(messages, options, cancellationToken);
    }

    public IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
    {
        Seen(messages, options);
        return Stream(messages, options, cancellationToken);
    }

    public object? GetService(Type serviceType, object? serviceKey = null) =>
        serviceKey is null && serviceType == typeof(ChatClientMetadata) ? Metadata
        : serviceKey is null && serviceType.IsInstanceOfType(this) ? this : null;

    public void Dispose() => Disposed = true;

    private void Seen(IEnumerable<ChatMessage> messages, ChatOptions? options)
    {
        Calls++;
        LastMessages = messages;
        LastOptions = options;
    }
}
