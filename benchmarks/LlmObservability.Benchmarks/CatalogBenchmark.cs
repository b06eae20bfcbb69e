using BenchmarkDotNet.Attributes;
using LlmObservability.Pricing;

namespace LlmObservability.Benchmarks;

/// <summary>The catalog read from its document, as it is once when the host starts.</summary>
[MemoryDiagnoser]
public class CatalogBenchmark
{
    private byte[] _json = [];

    [GlobalSetup]
    public void Setup()
    {
        using var stream = typeof(PriceCatalog).Assembly.GetManifestResourceStream("catalog.json")!;
        using var memory = new MemoryStream();
        stream.CopyTo(memory);
        _json = memory.ToArray();
    }

    [Benchmark]
    public PriceCatalog Load() => PriceCatalog.Parse(_json, "catalog.json");
}
