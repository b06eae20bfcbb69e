using BenchmarkDotNet.Attributes;
using LlmObservability.Pricing;

namespace LlmObservability.Benchmarks;

/// <summary>One call priced, the model looked up by provider and name in that time, and the look-up alone.</summary>
[MemoryDiagnoser]
public class PricingBenchmark
{
    private readonly CallPricer _pricer = new(PriceCatalog.LoadDefault());
    private readonly PriceKey _key = new("openai", "api.openai.com", "gpt-4o-mini-2024-07-18", "gpt-4o-mini");
    private readonly PriceQuery _query = new()
    {
        Provider = "openai",
        ServerAddress = "api.openai.com",
        ResponseModel = "gpt-4o-mini-2024-07-18",
        RequestModel = "gpt-4o-mini",
        At = new DateTimeOffset(2026, 8, 1, 12, 0, 0, TimeSpan.Zero),
        Tokens = new LlmTokens { Source = LlmUsageSource.Reported, UncachedInput = 600, CacheRead = 400, VisibleOutput = 70, Reasoning = 30 },
    };

    private readonly PriceQuery _tiered = new()
    {
        Provider = "google",
        ResponseModel = "gemini-2.5-pro",
        At = new DateTimeOffset(2026, 8, 1, 12, 0, 0, TimeSpan.Zero),
        Tokens = new LlmTokens { Source = LlmUsageSource.Reported, UncachedInput = 300_000, CacheRead = 4_000, VisibleOutput = 7_000 },
    };

    [Benchmark]
    public PricedCost Price() => _pricer.Price(_query);

    [Benchmark]
    public PricedCost PriceInATier() => _pricer.Price(_tiered);

    [Benchmark]
    public object? LookUp() => _pricer.Find(_key);
}
