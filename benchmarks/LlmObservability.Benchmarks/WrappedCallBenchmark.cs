using BenchmarkDotNet.Attributes;
using Microsoft.Extensions.AI;

namespace LlmObservability.Benchmarks;

/// <summary>A wrapped call against its bare inner client: three tags, priced, queued to a sink that discards, nobody listens.</summary>
[MemoryDiagnoser]
public class WrappedCallBenchmark
{
    private readonly ObservedClients _clients = new();
    private readonly ChatOptions _options = new();
    private readonly ChatOptions _tagged = new ChatOptions().WithLlmTag("tenant", "acme").WithLlmTag("route", "/chat").WithLlmTag("color", "blue");
    private LlmScope _scope = null!;

    [GlobalSetup]
    public void Setup() => _scope = LlmScope.Begin(("tenant", "acme"), ("route", "/chat"), ("color", "blue"));

    [GlobalCleanup]
    public async Task Cleanup()
    {
        _scope.Dispose();
        await _clients.DisposeAsync();
    }

    [Benchmark(Baseline = true)]
    public Task<ChatResponse> Bare() => _clients.Bare.GetResponseAsync(ObservedClients.Messages, _options);

    [Benchmark]
    public Task<ChatResponse> Wrapped() => _clients.Wrapped.GetResponseAsync(ObservedClients.Messages, _options);

    [Benchmark]
    public Task<ChatResponse> WrappedInsideAWrapped() => _clients.Nested.GetResponseAsync(ObservedClients.Messages, _options);

    [Benchmark]
    public Task<ChatResponse> WrappedTaggedByOptions() => _clients.Wrapped.GetResponseAsync(ObservedClients.Messages, _tagged);

    [Benchmark]
    public Task<ChatResponse> BareWithANewResponse() => _clients.BareAnew.GetResponseAsync(ObservedClients.Messages, _options);

    [Benchmark]
    public Task<ChatResponse> WrappedWithANewResponse() => _clients.WrappedAnew.GetResponseAsync(ObservedClients.Messages, _options);

    [Benchmark]
    public Task<int> BareStream() => ObservedClients.DrainAsync(_clients.Bare);

    [Benchmark]
    public Task<int> WrappedStream() => ObservedClients.DrainAsync(_clients.Wrapped);

    [Benchmark(Description = "BareStream of 500")]
    public Task<int> BareLongStream() => ObservedClients.DrainAsync(_clients.BareLong);

    [Benchmark(Description = "WrappedStream of 500")]
    public Task<int> WrappedLongStream() => ObservedClients.DrainAsync(_clients.WrappedLong);
}
