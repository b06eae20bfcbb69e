namespace Replay;

/// <summary>The seeded rule: the same trace gives the same models, tags, streaming and latencies every time.</summary>
internal sealed class Workload(string? priceAs)
{
    private const int Seed = 1;
    private static readonly string[] Tenants = ["acme", "globex", "initech", "umbrella"];
    private static readonly string[] Features = ["search", "assistant", "summary"];
    private static readonly string[] Routes = ["/chat", "/summarize", "/agents/run"];
    private static readonly LogNormal LatencySeconds = new(median: 1.2, sigma: 0.6);

    private static readonly (string Provider, string Model)[] Models =
    [
        ("openai", "gpt-4o-mini"),
        ("openai", "gpt-4o-mini"),
        ("openai", "gpt-4o"),
        ("openai", "gpt-4.1-mini"),
        ("anthropic", "claude-sonnet-4-5"),
    ];

    private readonly Random _random = new(Seed);

    /// <summary>The providers that calls may ask.</summary>
    public IReadOnlyList<string> Providers { get; } =
        priceAs is not null ? ["openai"] : [.. Models.Select(model => model.Provider).Distinct()];

    /// <summary>The next call; the draws are made in the trace's order.</summary>
    public ReplayCall Next(TraceRow row)
    {
        var (provider, model) = Pick(Models);
        return new ReplayCall(
            row,
            priceAs is null ? provider : "openai",
            priceAs ?? model,
            Pick(Tenants),
            Pick(Features),
            Pick(Routes),
            Streamed: _random.Next(2) == 0,
            TimeSpan.FromSeconds(LatencySeconds.Next(_random)));
    }

    private T Pick<T>(T[] values) => values[_random.Next(values.Length)];
}
