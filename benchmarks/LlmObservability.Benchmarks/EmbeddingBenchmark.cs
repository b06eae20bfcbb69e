using BenchmarkDotNet.Attributes;
using Microsoft.Extensions.AI;

namespace LlmObservability.Benchmarks;

/// <summary>A wrapped embedding against its bare generator: three tags, priced, queued to a sink that discards, nobody listens.</summary>
[MemoryDiagnoser]
public class EmbeddingBenchmark
{
    private static readonly string[] Inputs = ["Hi"];

    private readonly ObservedClients _clients = new();
    private readonly EmbeddingGenerationOptions _options = new();
    private readonly EmbeddingGenerationOptions _tagged =
        new EmbeddingGenerationOptions().WithLlmTag("tenant", "acme").WithLlmTag("route", "/search").WithLlmTag("color", "blue");

    private LlmScope _scope = null!;

    [GlobalSetup]
    public void Setup() => _scope = LlmScope.Begin(("tenant", "acme"), ("route", "/search"), ("color", "blue"));

    [GlobalCleanup]
    public async Task Cleanup()
    {
        _scope.Dispose();
        await _clients.DisposeAsync();
    }

    [Benchmark(Baseline = true)]
    public Task<GeneratedEmbeddings<Embedding<float>>> Bare() => _clients.BareEmbeddings.GenerateAsync(Inputs, _options);

    [Benchmark]
    public Task<GeneratedEmbeddings<Embedding<float>>> Wrapped() => _clients.WrappedEmbeddings.GenerateAsync(Inputs, _options);

    [Benchmark]
    public Task<GeneratedEmbeddings<Embedding<float>>> WrappedTaggedByOptions() => _clients.WrappedEmbeddings.GenerateAsync(Inputs, _tagged);
}
