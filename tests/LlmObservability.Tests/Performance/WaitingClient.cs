using System.Threading.Tasks.Sources;
using Microsoft.Extensions.AI;

namespace LlmObservability.Tests.Performance;

/// <summary>A stream whose every step waits until the test lets it go on, without an allocation of its own.</summary>
internal sealed class WaitingClient : IChatClient, IAsyncEnumerable<ChatResponseUpdate>, IAsyncEnumerator<ChatResponseUpdate>, IValueTaskSource<bool>
{
    private ManualResetValueTaskSourceCore<bool> _step;

    public ChatResponseUpdate Current { get; } = new(ChatRole.Assistant, "token");

    public void Next(bool more) => _step.SetResult(more);

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
