using BenchmarkDotNet.Attributes;
using Microsoft.Extensions.AI;

namespace LlmObservability.Benchmarks;

/// <summary>
/// A wrapped tool against the bare function: by itself, and after a call that asked for it. Three tags are in force, and nobody
/// listens. The function completes at once, or waits one turn of the thread pool.
/// </summary>
[MemoryDiagnoser]
[MinColumn]
public class ToolCallBenchmark
{
    private readonly ObservedClients _clients = new();
    private readonly AIFunctionArguments _arguments = [];
    private readonly AIFunction _bare = new Instant();
    private readonly AIFunction _waiting = new Yielding();
    private AIFunction _wrapped = null!;
    private AIFunction _wrappedWaiting = null!;
    private IChatClient _asking = null!;
    private IChatClient _withBare = null!;
    private IChatClient _withWrapped = null!;
    private LlmScope _scope = null!;

    [GlobalSetup]
    public void Setup()
    {
        _wrapped = _bare.WithLlmObservability(_clients.Observer);
        _wrappedWaiting = _waiting.WithLlmObservability(_clients.Observer);
        _asking = new Asking().WithLlmObservability(_clients.Observer);
        _withBare = new Using(_clients.Bare, _bare, _arguments).WithLlmObservability(_clients.Observer);
        _withWrapped = new Using(_clients.Bare, _wrapped, _arguments).WithLlmObservability(_clients.Observer);
        _scope = LlmScope.Begin(("tenant", "acme"), ("route", "/chat"), ("color", "blue"));
    }

    [GlobalCleanup]
    public async Task Cleanup()
    {
        _scope.Dispose();
        await _clients.DisposeAsync();
    }

    [Benchmark(Baseline = true)]
    public ValueTask<object?> Bare() => _bare.InvokeAsync(_arguments);

    [Benchmark]
    public ValueTask<object?> WrappedByItself() => _wrapped.InvokeAsync(_arguments);

    [Benchmark]
    public ValueTask<object?> BareThatWaits() => _waiting.InvokeAsync(_arguments);

    [Benchmark]
    public ValueTask<object?> WrappedThatWaits() => _wrappedWaiting.InvokeAsync(_arguments);

    [Benchmark]
    public Task<ChatResponse> ACallWithTheBareToolInside() => _withBare.GetResponseAsync(ObservedClients.Messages);

    [Benchmark]
    public Task<ChatResponse> ACallWithTheWrappedToolInside() => _withWrapped.GetResponseAsync(ObservedClients.Messages);

    [Benchmark]
    public Task<ChatResponse> ACallThatAsks() => _asking.GetResponseAsync(ObservedClients.Messages);

    [Benchmark]
    public async Task<object?> ACallThatAsksAndTheToolAfterIt()
    {
        await _asking.GetResponseAsync(ObservedClients.Messages);
        return await _wrapped.InvokeAsync(_arguments);
    }

    private sealed class Instant : AIFunction
    {
        public override string Name => "look";

        protected override ValueTask<object?> InvokeCoreAsync(AIFunctionArguments arguments, CancellationToken cancellationToken) => default;
    }

    private sealed class Yielding : AIFunction
    {
        public override string Name => "wait";

        protected override async ValueTask<object?> InvokeCoreAsync(AIFunctionArguments arguments, CancellationToken cancellationToken)
        {
            await Task.Yield();
            return null;
        }
    }

    /// <summary>Asks for the tool every time.</summary>
    private sealed class Asking : IChatClient
    {
        private readonly Task<ChatResponse> _response = Task.FromResult(
            new ChatResponse(new ChatMessage(ChatRole.Assistant, [new FunctionCallContent("call-1", "look")])));

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

    /// <summary>Invokes the tool inside the call.</summary>
    private sealed class Using(IChatClient inner, AIFunction tool, AIFunctionArguments arguments) : DelegatingChatClient(inner)
    {
        public override Task<ChatResponse> GetResponseAsync(
            IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
        {
            _ = tool.InvokeAsync(arguments, cancellationToken);
            return base.GetResponseAsync(messages, options, cancellationToken);
        }
    }
}
