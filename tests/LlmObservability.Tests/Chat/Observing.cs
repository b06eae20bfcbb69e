using LlmObservability.Testing;
using Microsoft.Extensions.AI;

namespace LlmObservability.Tests.Chat;

/// <summary>A wrapped scripted client over a recording sink.</summary>
internal sealed class Observing : IAsyncDisposable
{
    public static readonly ChatMessage[] Hello = [new(ChatRole.User, "a secret prompt")];

    public Observing(Action<LlmObservabilityOptions>? configure = null, TimeProvider? time = null)
    {
        var options = new LlmObservabilityOptions { Pipeline = { FlushInterval = TimeSpan.FromMilliseconds(5) } };
        configure?.Invoke(options);
        Observer = LlmObserver.Create([Sink], options, time);
        Client = Inner.WithLlmObservability(Observer);
    }

    public ScriptedChatClient Inner { get; } = new();

    public RecordingSink Sink { get; } = new();

    public LlmObserver Observer { get; }

    public IChatClient Client { get; }

    public async Task<IReadOnlyList<LlmCall>> CallsAsync()
    {
        await Observer.FlushAsync(TestContext.Current.CancellationToken);
        return Sink.Calls;
    }

    public async Task<LlmCall> OnlyCallAsync() => (await CallsAsync()).ShouldHaveSingleItem();

    public ValueTask DisposeAsync() => Observer.DisposeAsync();
}
