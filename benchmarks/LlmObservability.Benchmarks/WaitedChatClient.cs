using System.Threading.Tasks.Sources;
using Microsoft.Extensions.AI;

namespace LlmObservability.Benchmarks;

/// <summary>A stream whose every step waits until it is told to go on, without an allocation of its own.</summary>
internal sealed class WaitedChatClient : IChatClient, IAsyncEnumerable<ChatResponseUpdate>, IAsyncEnumerator<ChatResponseUpdate>, IValueTaskSource<bool>
{
    private ManualResetValueTaskSourceCore<bool> _step;

    public ChatResponseUpdate Current { get; } = new(ChatRole.Assistant, "token") { ModelId = "gpt-4o-mini-2024-07-18" };

    public void Next() => _step.SetResult(true);

    public ValueTask<bool> MoveNextAsync()
    {
        _step.Reset();
        return new(this, _step.Version);
    }

    public Task<ChatResponse> GetResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default) =>
        throw new NotSupportedException();

    public IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default) => this;

    public IAsyncEnumerator<ChatResponseUpdate> GetAsyncEnumerator(CancellationToken cancellationToken = default) => this;

    public object? GetService(Type serviceType, object? serviceKey = null) => null;

    public ValueTask DisposeAsync() => default;

    public void Dispose()
    {
    }

    bool IValueTaskSource<bool>.GetResult(short token) => _step.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource<bool>.GetStatus(short token) => _step.GetStatus(token);

    void IValueTaskSource<bool>.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _step.OnCompleted(continuation, state, token, flags);
}
