using LlmObservability.Sinks;

namespace LlmObservability.Throughput;

/// <summary>Finished calls as an application with three tags, traces and a priced model gives them.</summary>
internal sealed class SampleCalls(int seed)
{
    private static readonly string[] Tenants = ["acme", "globex", "initech", "umbrella", "stark", "wayne", "wonka", "hooli"];

    private readonly Random _random = new(seed);

    /// <summary>Calls that began just now; every call has tags of its own, as every request has.</summary>
    public LlmCallEnvelope[] Create(int count)
    {
        var envelopes = new LlmCallEnvelope[count];
        for (var i = 0; i < count; i++)
        {
            envelopes[i] = new LlmCallEnvelope(Next());
        }

        return envelopes;
    }

    /// <summary>The tags of one request: two first-class ones and one of the application's own.</summary>
    public static (string Key, string? Value)[] TagsOf(int number) =>
    [
        ("tenant", Tenants[number % Tenants.Length]), ("route", "/api/chat"), ("color", (number & 1) == 0 ? "blue" : "green"),
    ];

    private LlmCall Next()
    {
        var ticks = DateTime.UtcNow.Ticks;
        var startedAt = new DateTimeOffset(ticks - (ticks % TimeSpan.TicksPerMicrosecond), TimeSpan.Zero);
        var number = _random.Next(1_000_000);
        var (input, output) = (_random.Next(50, 4_000), _random.Next(1, 800));
        var (inputNanos, outputNanos) = (input * 150L, output * 600L);
        return new LlmCall
        {
            Id = LlmCallId.Create(startedAt),
            StartedAt = startedAt,
            TraceId = Hex(32),
            SpanId = Hex(16),
            Tags = new LlmTags([new("color", (number & 1) == 0 ? "blue" : "green")])
            {
                Tenant = Tenants[number % Tenants.Length],
                Route = "/api/chat",
                Service = "shop",
                ServiceVersion = "1.4.2",
                Environment = "Production",
            },
            Provider = "openai",
            RequestModel = "gpt-4o-mini",
            ResponseModel = "gpt-4o-mini-2024-07-18",
            ResponseId = "chatcmpl-" + Hex(24),
            ServerAddress = "api.openai.com",
            ServerPort = 443,
            Outcome = LlmOutcome.Completed,
            FinishReason = "stop",
            Tokens = new LlmTokens
            {
                Source = LlmUsageSource.Reported,
                UncachedInput = input,
                VisibleOutput = output,
            },
            Cost = new LlmCost { InputNanos = inputNanos, OutputNanos = outputNanos },
            CostReason = LlmCostReason.Priced,
            PriceEntry = "openai/gpt-4o-mini",
            CatalogDate = new DateOnly(2026, 1, 1),
            Duration = TimeSpan.FromMicroseconds(_random.Next(200_000, 8_000_000)),
            ProviderTime = TimeSpan.FromMicroseconds(_random.Next(200_000, 8_000_000)),
        };
    }

    private string Hex(int length) => string.Create(length, _random, static (text, random) =>
    {
        for (var i = 0; i < text.Length; i++)
        {
            text[i] = "0123456789abcdef"[random.Next(16)];
        }
    });
}
