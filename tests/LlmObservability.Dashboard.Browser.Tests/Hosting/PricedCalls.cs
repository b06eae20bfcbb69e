using LlmObservability.Pricing;
using LlmObservability.Sinks;
using LlmObservability.Testing;

namespace LlmObservability.Dashboard.Browser.Tests.Hosting;

/// <summary>Calls as a recorder prices them: of models with and without a price, some without usage, a third with input from the cache.</summary>
internal static class PricedCalls
{
    private static readonly (string Provider, string Model)[] Models =
        [("anthropic", "claude-sonnet-4-5"), ("openai", "gpt-4o"), ("openai", "gpt-4o-mini"), ("nobody", "house-model")];

    public static IReadOnlyList<LlmCallEnvelope> Create(int count, PriceCatalog prices)
    {
        var pricer = new CallPricer(prices);
        var random = new Random(7);
        return [.. Enumerable.Range(0, count).Select(i => new LlmCallEnvelope(Call(pricer, random, i)))];
    }

    private static LlmCall Call(CallPricer pricer, Random random, int i)
    {
        var (provider, model) = Models[i % Models.Length];
        var startedAt = ScriptedCalls.TenDaysAgo.AddSeconds(i * 397);
        var input = random.Next(100, 150_000);
        var cached = i % 3 == 0 ? input / 2 : 0;
        var tokens = i % 11 == 5
            ? new LlmTokens { Source = LlmUsageSource.Missing }
            : new LlmTokens { Source = LlmUsageSource.Reported, UncachedInput = input - cached, CacheRead = cached, VisibleOutput = random.Next(1, 5_000) };
        var priced = pricer.Price(new PriceQuery { Provider = provider, RequestModel = model, At = startedAt, Tokens = tokens });
        return new LlmCall
        {
            Id = LlmCallId.Create(startedAt),
            StartedAt = startedAt,
            Tags = new LlmTags([new("team", i % 2 == 0 ? "red" : "blue")]) { User = $"user-{i % 7}", Route = i % 5 == 0 ? null : "/chat", Conversation = $"conversation-{i % 9}" },
            Operation = LlmVocabulary.Chat,
            Outcome = i % 17 == 0 ? LlmOutcome.Abandoned : LlmOutcome.Completed,
            Streaming = i % 17 == 0,
            Provider = provider,
            RequestModel = model,
            Tokens = tokens,
            Cost = priced.Cost,
            CostReason = priced.Reason,
            PriceEntry = priced.PriceEntry,
            CatalogDate = priced.CatalogDate,
            Duration = TimeSpan.FromMilliseconds(random.Next(100, 9_000)),
            AttemptCount = 1,
        };
    }
}
