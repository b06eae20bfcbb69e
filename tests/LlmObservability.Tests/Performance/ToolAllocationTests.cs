using LlmObservability.Sinks;
using Microsoft.Extensions.AI;

namespace LlmObservability.Tests.Performance;

/// <summary>What a tool call may allocate beside the tool itself, when nobody listens. Bytes are exact.</summary>
[Collection(nameof(Alone))]
public sealed class ToolAllocationTests : IAsyncDisposable
{
    private readonly AIFunctionArguments _arguments = [];
    private readonly AIFunction _bare = new Instant();
    private readonly LlmObserver _observer = LlmObserver.Create([new DiscardingSink()]);
    private readonly AIFunction _wrapped;

    public ToolAllocationTests() => _wrapped = _bare.WithLlmObservability(_observer);

    public ValueTask DisposeAsync() => _observer.DisposeAsync();

    [Fact]
    public void By_itself()
    {
        Allocated.By(() => Invoke(_bare)).ShouldBe(0);
        Allocated.By(() => Invoke(_wrapped)).ShouldBeInRange(1, 480);
    }

    [Fact]
    public void Inside_a_call()
    {
        using var bare = new Around(_bare).WithLlmObservability(_observer);
        using var wrapped = new Around(_wrapped).WithLlmObservability(_observer);
        var call = Allocated.By(() => Ask(bare));
        var inside = Allocated.By(() => Ask(wrapped)) - call;
        // The call's collection, once; then a row and its link for each.
        using var more = new Around(_wrapped) { Times = 11 }.WithLlmObservability(_observer);
        var each = (Allocated.By(() => Ask(more)) - call - inside) / 10;
        inside.ShouldBeInRange(1, 320);
        each.ShouldBeInRange(1, 128);
    }

    [Fact]
    public void After_the_call_that_asked_for_it()
    {
        using var asking = new Answering(new FunctionCallContent("call-1", "look")).WithLlmObservability(_observer);
        using var telling = new Answering(new TextContent("seen")).WithLlmObservability(_observer);
        var asks = Allocated.By(() => Ask(asking));
        (asks - Allocated.By(() => Ask(telling))).ShouldBeInRange(1, 320);
        (Allocated.By(() =>
        {
            Ask(asking);
            Invoke(_wrapped);
        }) - asks).ShouldBeInRange(1, 150);
    }

    [Fact]
    public void With_the_observer_off_nothing()
    {
        _observer.Enabled = false;
        Allocated.By(() => Invoke(_wrapped)).ShouldBe(0);
    }

    private void Invoke(AIFunction function) => function.InvokeAsync(_arguments).IsCompletedSuccessfully.ShouldBeTrue();

    private static void Ask(IChatClient client) => client.GetResponseAsync(PromptClient.Hello).IsCompletedSuccessfully.ShouldBeTrue();

    private sealed class Instant : AIFunction
    {
        public override string Name => "look";

        protected override ValueTask<object?> InvokeCoreAsync(AIFunctionArguments arguments, CancellationToken cancellationToken) => default;
    }

    private sealed class Answering(AIContent content) : IChatClient
    {
        private readonly Task<ChatResponse> _response = Task.FromResult(new ChatResponse(new ChatMessage(ChatRole.Assistant, [content])));

        public Task<ChatResponse> GetResponseAsync(
            IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default) => _response;

        public IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
            IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default) =>
            throw new NotSupportedException();

        public object? GetService(Type serviceType, object? serviceKey = null) => null;

        public void Dispose()
        {
        }
    }

    /// <summary>Invokes a tool inside the call.</summary>
    private sealed class Around(AIFunction tool) : DelegatingChatClient(new PromptClient(1))
    {
        private readonly AIFunctionArguments _arguments = [];

        public int Times { get; init; } = 1;

        public override Task<ChatResponse> GetResponseAsync(
            IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
        {
            for (var i = 0; i < Times; i++)
            {
                tool.InvokeAsync(_arguments, cancellationToken).IsCompletedSuccessfully.ShouldBeTrue();
            }

            return base.GetResponseAsync(messages, options, cancellationToken);
        }
    }

    private sealed class DiscardingSink : ILlmSink
    {
        public string Name => "discard";

        public ValueTask PrepareAsync(CancellationToken cancellationToken) => default;

        public ValueTask<LlmWriteResult> WriteAsync(LlmBatch batch, CancellationToken cancellationToken) =>
            new(new LlmWriteResult(batch.Envelopes.Count, 0));
    }
}
