using System.Text.Json;
using LlmObservability.Pricing;
using Microsoft.Extensions.AI;

namespace LlmObservability.Tests.Pricing;

/// <summary>A million calls as adapters may report them, of every model in the catalog and of names that nobody knows.</summary>
public class PricingMillionTests
{
#if NET10_0_OR_GREATER
    private const int Calls = 1_000_000;
#else
    // The same code again: enough to see that it was built for the older framework.
    private const int Calls = 100_000;
#endif
    private const int Seed = 20_261_121;

    private static readonly string?[] Oddities = [null, "", " ", "\0", "nobody-knows", "gpt-#", "*", "模型", "\uD800", new string('x', 600)];
    private static readonly string?[] Adapters = [null, "openai", "azure.ai.openai", "anthropic", "google", "aws.bedrock", "ollama", "somebody"];
    private static readonly string?[] Tiers = [null, null, null, "batch", "flex", "priority", "unheard-of"];
    private static readonly (string Provider, string Model)[] Known = [.. ReadKnown()];

    [Fact]
    public void Nothing_throws_no_cost_is_negative_parts_add_up_more_never_costs_less_and_again_is_the_same()
    {
        var random = new Random(Seed);
        var pricer = new CallPricer(PriceCatalog.LoadDefault());
        var again = new CallPricer(PriceCatalog.LoadDefault());
        var (priced, compared) = (0, 0);
        for (var i = 0; i < Calls; i++)
        {
            var (provider, model) = Known[random.Next(Known.Length)];
            var tokens = UsageNormalizer.Normalize(Usage(random), Adapters[random.Next(Adapters.Length)], out var invalid, out _);
            var query = new PriceQuery
            {
                Provider = Odd(random) ?? provider,
                ResponseModel = Odd(random) ?? model,
                RequestModel = random.Next(2) == 0 ? model : null,
                ServiceTier = Tiers[random.Next(Tiers.Length)],
                Geo = random.Next(4) == 0 ? "us" : null,
                WebSearches = random.Next(20) == 0 ? random.Next(5) : 0,
                At = DateTimeOffset.UnixEpoch.AddMinutes(random.NextInt64(0, 60L * 365 * 24 * 60)),
                Tokens = tokens,
            };
            var cost = pricer.Price(query);
            if (cost.Cost is not { } known)
            {
                Check(cost.Reason != LlmCostReason.Priced, i, "a reason");
                continue;
            }

            priced++;
            Check(Least(known) >= 0, i, "no part negative");
            // The total of a cost is its parts' sum; that of an explanation comes from its lines, in decimals.
            Check(decimal.Round(again.Explain(query).ExactNanos!.Value, 0, MidpointRounding.ToEven) == known.TotalNanos, i, "parts add up");
            Check(again.Price(query) == cost, i, "again the same");
            if (!invalid && IsMoreInTheSameTier(pricer, query, random, out var more))
            {
                var most = pricer.Price(more);
                // A class without any price (output of an embedding model) and counts that no call has make it unknown.
                Check(
                    most.Cost is not null || most.Reason is LlmCostReason.InvalidUsage or LlmCostReason.OutOfRange or LlmCostReason.UnknownModel,
                    i, "unknown for a reason");
                if (most.Cost is { } higher)
                {
                    compared++;
                    Check(higher.TotalNanos >= known.TotalNanos, i, "more never costs less");
                }
            }
        }

        // Enough of them were priced for the rest to mean something.
        priced.ShouldBeGreaterThan(Calls / 4);
        compared.ShouldBeGreaterThan(Calls / 8);
    }

    private static bool IsMoreInTheSameTier(CallPricer pricer, in PriceQuery query, Random random, out PriceQuery more)
    {
        var tokens = query.Tokens;
        var count = random.Next(1, 1_000);
        tokens = random.Next(4) switch
        {
            0 => tokens with { UncachedInput = tokens.UncachedInput + count },
            1 => tokens with { CacheRead = tokens.CacheRead + count },
            2 => tokens with { Reasoning = tokens.Reasoning + count },
            _ => tokens with { VisibleOutput = tokens.VisibleOutput + count },
        };
        more = query with { Tokens = tokens };
        var model = pricer.Find(new PriceKey(query.Provider, null, query.ResponseModel, query.RequestModel))!;
        var variant = model.Select(query.At).Select(query.ServiceTier);
        return ReferenceEquals(variant.Select(query.Tokens.Input), variant.Select(tokens.Input));
    }

    private static UsageDetails Usage(Random random)
    {
        var usage = new UsageDetails { InputTokenCount = Count(random), OutputTokenCount = Count(random) };
        if (random.Next(2) == 0)
        {
            usage.CachedInputTokenCount = Part(random, usage.InputTokenCount);
        }

        if (random.Next(3) == 0)
        {
            usage.ReasoningTokenCount = Part(random, usage.OutputTokenCount);
        }

        if (random.Next(4) == 0)
        {
            usage.AdditionalCounts = new() { ["CacheCreationInputTokens"] = Part(random, usage.InputTokenCount) };
        }

        return usage;
    }

    private static long Count(Random random) => random.Next(50) switch
    {
        0 => long.MaxValue,
        1 => -1,
        2 => 0,
        _ => random.NextInt64(1, 400_000),
    };

    // Mostly within the whole; now and then more than there is.
    private static long Part(Random random, long? whole) =>
        whole is > 0 and < int.MaxValue ? random.NextInt64(0, whole.Value + (random.Next(20) == 0 ? 10 : 0)) : 0;

    private static string? Odd(Random random) => random.Next(10) == 0 ? Oddities[random.Next(Oddities.Length)] : null;

    private static long Least(LlmCost cost) =>
        Math.Min(Math.Min(cost.InputNanos, cost.CachedInputNanos), Math.Min(cost.OutputNanos, cost.FeesNanos));

    // The message is made only for a failure: a million of them would take longer than the calls.
    private static void Check(bool holds, int call, string what)
    {
        if (!holds)
        {
            holds.ShouldBeTrue($"{what}; seed {Seed}, call {call}");
        }
    }

    private static IEnumerable<(string Provider, string Model)> ReadKnown()
    {
        using var stream = typeof(PriceCatalog).Assembly.GetManifestResourceStream("catalog.json")!;
        using var catalog = JsonDocument.Parse(stream);
        foreach (var provider in catalog.RootElement.GetProperty("providers").EnumerateArray())
        {
            foreach (var model in provider.GetProperty("models").EnumerateArray())
            {
                yield return (provider.GetProperty("id").GetString()!, model.GetProperty("id").GetString()!);
            }
        }
    }
}
