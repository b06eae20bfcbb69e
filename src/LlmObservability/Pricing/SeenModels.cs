using System.Collections.Concurrent;

namespace LlmObservability.Pricing;

/// <summary>Remembers names that were told of once. Bounded: beyond that nothing is new. Thread-safe.</summary>
internal sealed class SeenModels
{
    private const int Most = 1_000;

    private readonly ConcurrentDictionary<(string? Provider, string? Model), byte> _seen = new();

    public bool IsNew(string? provider, string? model) =>
        !_seen.ContainsKey((provider, model)) && _seen.Count < Most && _seen.TryAdd((provider, model), 0);
}
