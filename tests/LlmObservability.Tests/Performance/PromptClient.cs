using Microsoft.Extensions.AI;

namespace LlmObservability.Tests.Performance;

/// <summary>Answers at once, with the same objects each time, so that what is measured is the wrapper.</summary>
internal sealed class PromptClient(int updates) : IChatClient, IAsyncEnumerable<ChatResponseUpdate>
{
    public static readonly ChatMessage[] Hello = [new(ChatRole.User, "Hi")];

    private readonly ChatClientMetadata _metadata = new("openai", new Uri("https://api.openai.com/v1"), "gpt-4o-mini");
    private readonly Task<ChatResponse> _response = Task.FromResult(Testing.ScriptedChatClient.Response());
    private readonly ChatResponseUpdate _update = new(ChatRole.Assistant, "token") { ModelId = "gpt-4o-mini-2024-07-18", ResponseId = "resp-1" };
    private readonly ChatResponseUpdate _last = new(ChatRole.Assistant,
        [new UsageContent(new UsageDetails { InputTokenCount = 1000, OutputTokenCount = 100, TotalTokenCount = 1100 })]);

    public Task<ChatResponse> GetResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default) => _response;

    public IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default) => this;

    public IAsyncEnumerator<ChatResponseUpdate> GetAsyncEnumerator(CancellationToken cancellationToken = default) => new Steps(this, updates);

    public object? GetService(Type serviceType, object? serviceKey = null) => serviceType == typeof(ChatClientMetadata) ? _metadata : null;

    public void Dispose()
    {
    }

    /// <summary>Reads a stream to its end; every step completes at once.</summary>
    public static void Drain(IChatClient client)
    {
        var updates = client.GetStreamingResponseAsync(Hello).GetAsyncEnumerator();
        while (Now(updates.MoveNextAsync()))
        {
            _ = updates.Current;
        }

        var disposing = updates.DisposeAsync();
        disposing.IsCompletedSuccessfully.ShouldBeTrue();

        static bool Now(ValueTask<bool> step) => step.IsCompletedSuccessfully ? step.Result : throw new InvalidOperationException("The step waits.");
    }

    private sealed class Steps(PromptClient client, int updates) : IAsyncEnumerator<ChatResponseUpdate>
    {
        private int _step;

        public ChatResponseUpdate Current => _step < updates ? client._update : client._last;

        public ValueTask<bool> MoveNextAsync() => new(++_step <= updates);

        public ValueTask DisposeAsync() => default;
    }
}
