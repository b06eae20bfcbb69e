using LlmObservability.Sinks;
using LlmObservability.Throughput.Analytics.Generation;

namespace LlmObservability.Throughput.Analytics.Ingest;

/// <summary>Batches of calls of which each holds the same number of rollup keys. Not thread-safe.</summary>
internal sealed class KeyedCalls
{
    public const int DefaultKeys = 100;

    private const int Candidates = 100_000;

    private readonly SeededRandom _random;
    private readonly List<LlmCallEnvelope> _kinds = [];

    public KeyedCalls(int seed, int keys)
    {
        _random = new SeededRandom((ulong)seed);
        var seen = new RollupKeys();
        var generated = new GeneratedCalls(seed, new DateTimeOffset(2026, 1, 3, 0, 0, 0, TimeSpan.Zero), 2, 2 * Candidates);
        foreach (var envelope in generated.Days.SelectMany(generated.Of).Take(Candidates))
        {
            var missing = seen.Missing(envelope.Call);
            if (missing > 0 && seen.Count + missing <= keys)
            {
                seen.Add(envelope.Call);
                _kinds.Add(envelope);
            }
        }

        Keys = seen.Count;
    }

    /// <summary>How many keys a batch holds that is large enough for all kinds.</summary>
    public int Keys { get; }

    /// <summary>How many kinds of calls stand for them.</summary>
    public int Kinds => _kinds.Count;

    /// <summary>Calls that began just now.</summary>
    public LlmCallEnvelope[] Create(int count)
    {
        var envelopes = new LlmCallEnvelope[count];
        for (var i = 0; i < count; i++)
        {
            envelopes[i] = Another(_kinds[i % _kinds.Count], DateTimeOffset.UtcNow);
        }

        return envelopes;
    }

    /// <summary>As many calls of these kinds as there are others, at their times.</summary>
    public LlmCallEnvelope[] InPlaceOf(LlmCallEnvelope[] others) => [.. others.Select((other, i) => Another(_kinds[i % _kinds.Count], other.CallStartedAt))];

    /// <summary>The same kind of call with an id, times and an answer of its own: what is summed differs from call to call.</summary>
    private LlmCallEnvelope Another(LlmCallEnvelope kind, DateTimeOffset time)
    {
        var (call, factor) = (kind.Call, _random.LogNormal(1, 0.5));
        var startedAt = time.AddTicks(-(time.Ticks % TimeSpan.TicksPerMicrosecond));
        var (tokens, cost) = (call.Tokens, call.Cost);
        if (tokens.VisibleOutput > 0 && cost is { } known)
        {
            var nanosAToken = known.OutputNanos / tokens.Output;
            tokens = tokens with { VisibleOutput = 1 + (long)(tokens.VisibleOutput * factor) };
            cost = known with { OutputNanos = tokens.Output * nanosAToken };
        }

        return new LlmCallEnvelope(call with
        {
            // Not from the seed: the rows of all rounds stand in one table.
            Id = LlmCallId.Create(startedAt),
            StartedAt = startedAt,
            TraceId = _random.Hex("", 32),
            SpanId = _random.Hex("", 16),
            ResponseId = call.ResponseId is null ? null : _random.Hex("chatcmpl-", 24),
            Tokens = tokens,
            Cost = cost,
            Duration = Scale(call.Duration, factor),
            ProviderTime = Scale(call.ProviderTime, factor),
            TimeToFirstToken = call.TimeToFirstToken is { } first ? Scale(first, factor) : null,
        })
        {
            Attempts = kind.Attempts,
            ToolCalls = kind.ToolCalls,
        };
    }

    private static TimeSpan Scale(TimeSpan time, double factor) => TimeSpan.FromMicroseconds((long)(time.TotalMicroseconds * factor));
}
