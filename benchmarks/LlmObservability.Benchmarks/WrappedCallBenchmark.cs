using BenchmarkDotNet.Attributes;
using LlmObservability.Sinks;
using Microsoft.Extensions.AI;

namespace LlmObservability.Benchmarks;

/// <summary>A wrapped call against its bare inner client: three ambient tags, priced, queued to a sink that discards.</summary>
[MemoryDiagnoser]
public class WrappedCallBenchmark
{
    private const int Updates = 50;
    private static readonly ChatMessage[] Messages = [new(ChatRole.User, "Hi")];
    private readonly InstantChatClient _bare = new(Updates);
    private readonly ChatOptions _tagged = new ChatOptions().WithLlmTag("tenant", "acme").WithLlmTag("route", "/chat").WithLlmTag("color", "blue");
    private LlmObserver _observer = null!;
    private IChatClient _wrapped = null!;
    private LlmScope _scope = null!;

    [GlobalSetup]
    public void Setup()
    {
        _observer = LlmObserver.Create([new DiscardingSink()], new LlmObservabilityOptions { Pipeline = { MaxQueueItems = 1_000_000, MaxQueueBytes = 1L << 30 } });
        _wrapped = _bare.WithLlmObservability(_observer);
        _scope = LlmScope.Begin(("tenant", "acme"), ("route", "/chat"), ("color", "blue"));
    }

    [GlobalCleanup]
    public async Task Cleanup()
    {
        _scope.Dispose();
        await _observer.DisposeAsync();
    }

    [Benchmark(Baseline = true)]
    public Task<ChatResponse> Bare() => _bare.GetResponseAsync(Messages);

    [Benchmark]
    public Task<ChatResponse> Wrapped() => _wrapped.GetResponseAsync(Messages);

    [Benchmark]
    public Task<ChatResponse> WrappedTaggedByOptions() => _wrapped.GetResponseAsync(Messages, _tagged);

    [Benchmark]
    public Task<int> BareStream() => DrainAsync(_bare);

    [Benchmark]
    public Task<int> WrappedStream() => DrainAsync(_wrapped);

    private static async Task<int> DrainAsync(IChatClient client)
    {
        var count = 0;
        await foreach (var _ in client.GetStreamingResponseAsync(Messages))
        {
            count++;
        }

        return count;
    }

    private sealed class DiscardingSink : ILlmSink
    {
        public string Name => "discard";

        public ValueTask PrepareAsync(CancellationToken cancellationToken) => default;

        public ValueTask<LlmWriteResult> WriteAsync(LlmBatch batch, CancellationToken cancellationToken) =>
            new(new LlmWriteResult(batch.Envelopes.Count, 0));
    }
}
