using System.Globalization;
using System.Numerics;
using FsCheck;
using FsCheck.Fluent;
using LlmObservability.Pricing;

namespace LlmObservability.Tests.Pricing;

public class PricingPropertyTests
{
    // In the order of the counts and rates below.
    private static readonly string[] Names =
    [
        "in", "cacheRead", "cacheWrite", "cacheWrite1h", "audioIn", "imageIn", "videoIn", "audioCacheRead", "imageCacheRead",
        "out", "reasoning", "citation", "audioOut", "imageOut", "videoOut",
    ];

    private static readonly Config Config = Config.QuickThrowOnFailure.WithMaxTest(400);

    // Rates in millionths of a dollar per million tokens; 0 stands for no price, except for input and output.
    private static Gen<int[]> Rates => Gen.ArrayOf(Gen.Frequency((2, Gen.Constant(0)), (3, Gen.Choose(1, 90_000_000))), Names.Length);

    private static Gen<int[]> Counts => Gen.ArrayOf(Gen.Frequency((2, Gen.Constant(0)), (3, Gen.Choose(1, 500_000))), Names.Length);

    [Fact]
    public void Disjoint_pricing_equals_the_inclusive_formula_and_the_parts_add_up()
    {
        Prop.ForAll(Rates.ToArbitrary(), Counts.ToArbitrary(), Gen.Choose(0, 3).ToArbitrary(), (rates, counts, searches) =>
        {
            var catalog = PricingTestData.OneModel(SetOf(rates), ""","geo":{"g":1.1}""");
            var query = PricingTestData.Query(TokensOf(counts)) with { WebSearches = searches, Geo = searches == 1 ? "g" : null };
            var priced = new CallPricer(catalog).Price(query);
            new CallPricer(catalog).Explain(query).ShouldAddUpTo(priced);
            if (Expected(rates, counts, searches, searches == 1 ? 11 : 10) is not { } expected)
            {
                priced.Reason.ShouldBe(LlmCostReason.InvalidUsage);
                return;
            }

            priced.Reason.ShouldBe(LlmCostReason.Priced);
            var cost = priced.Cost.ShouldNotBeNull();
            ((BigInteger)cost.TotalNanos).ShouldBe(expected);
            cost.FeesNanos.ShouldBe(searches * 10_000_000L);
            Math.Min(Math.Min(cost.InputNanos, cost.CachedInputNanos), cost.OutputNanos).ShouldBeGreaterThanOrEqualTo(0);
        }).Check(Config);
    }

    [Fact]
    public void Pricing_never_throws_and_no_cost_is_negative()
    {
        var any = Gen.Frequency(
            (3, Gen.Choose(0, 1_000_000).Select(i => (long)i)),
            (1, Gen.Elements(long.MaxValue, long.MinValue, -1, 0, long.MaxValue / 2, 1L << 58, 1L << 40)));
        var names = Gen.Elements<string?>(null, "", " ", "openai", "p", "m", "*", "gpt-4o", "\0", "claude-sonnet-4-5", "o1");
        Prop.ForAll(Gen.ArrayOf(any, Names.Length).ToArbitrary(), Gen.ArrayOf(names, 7).ToArbitrary(), (counts, texts) =>
        {
            var query = new PriceQuery
            {
                Provider = texts[0],
                ServerAddress = texts[1],
                ResponseModel = texts[2],
                RequestModel = texts[3],
                ServiceTier = texts[4],
                Geo = texts[5],
                Speed = texts[6],
                WebSearches = unchecked((int)counts[0]),
                At = DateTimeOffset.MaxValue,
                Tokens = TokensOf(counts) with { Source = counts[1] % 5 == 1 ? LlmUsageSource.Missing : LlmUsageSource.Estimated },
            };
            var priced = PricingTestData.DefaultPricer.Price(query);
            PricingTestData.DefaultPricer.Explain(query).ShouldAddUpTo(priced);
            (priced.Cost is null).ShouldBe(priced.Reason != LlmCostReason.Priced);
            (priced.Cost?.TotalNanos ?? 0).ShouldBeGreaterThanOrEqualTo(0);
            (priced.Cost?.InputNanos ?? 0).ShouldBeGreaterThanOrEqualTo(0);
        }).Check(Config);
    }

    [Fact]
    public void The_catalogs_own_entries_explain_what_they_charge()
    {
        var entries = Gen.Elements(
            ("openai", "gpt-4o"), ("openai", "gpt-5"), ("openai", "o3"), ("openai", "gpt-5.6-luna"), ("openai", "gpt-realtime"),
            ("openai", "text-embedding-3-small"), ("anthropic", "claude-sonnet-4-5"), ("anthropic", "claude-opus-4-6"),
            ("google", "gemini-2.5-pro"), ("perplexity", "sonar-pro"), ("deepseek", "deepseek-chat"));
        var times = Gen.Choose(0, 4 * 365 * 24 * 60).Select(minutes => PricingTestData.Noon.AddMinutes(-minutes));
        var tiers = Gen.Elements<string?>(null, "batch", "flex", "priority", "default");
        var choices = Gen.Zip(Gen.Zip(entries, times), Gen.Zip(tiers, Gen.Elements<string?>(null, "us", "eu", "fast")));
        Prop.ForAll(choices.ToArbitrary(), Counts.ToArbitrary(), Gen.Choose(0, 2).ToArbitrary(), (choice, counts, searches) =>
        {
            var (((provider, model), at), (tier, word)) = choice;

            // Half the usages are plain, as most calls are: those go the way of whole numbers.
            var tokens = TokensOf(counts);
            var query = new PriceQuery
            {
                Provider = provider,
                ResponseModel = model,
                At = at,
                ServiceTier = tier,
                Geo = word,
                Speed = word,
                WebSearches = Math.Max(searches - 1, 0),
                Tokens = counts[0] % 2 == 0 ? tokens : tokens with { Detail = null },
            };
            var priced = PricingTestData.DefaultPricer.Price(query);
            priced.PriceEntry.ShouldNotBeNull();
            PricingTestData.DefaultPricer.Explain(query).ShouldAddUpTo(priced);
        }).Check(Config);
    }

    private static string SetOf(int[] rates)
    {
        var fields = Names.Select((n, i) => (Name: n, Rate: rates[i], Required: n is "in" or "out"))
            .Where(f => f.Rate != 0 || f.Required)
            .Select(f => string.Create(CultureInfo.InvariantCulture, $"\"{f.Name}\":{f.Rate / 1_000_000m}"));
        return "{" + string.Join(",", fields) + ",\"webSearch\":10}";
    }

    private static LlmTokens TokensOf<T>(T[] counts)
        where T : INumber<T>
    {
        var c = counts.Select(long.CreateSaturating).ToArray();
        return new LlmTokens
        {
            Source = LlmUsageSource.Reported,
            UncachedInput = c[0],
            CacheRead = c[1],
            CacheWrite5m = c[2],
            CacheWrite1h = c[3],
            VisibleOutput = c[9],
            Reasoning = c[10],
            Detail = c[4..9].All(n => n == 0) && c[11..].All(n => n == 0) ? null : new LlmTokenDetail
            {
                AudioInput = c[4],
                ImageInput = c[5],
                VideoInput = c[6],
                AudioCacheRead = c[7],
                ImageCacheRead = c[8],
                Citation = c[11],
                AudioOutput = c[12],
                ImageOutput = c[13],
                VideoOutput = c[14],
            },
        };
    }

    // The published formula, on inclusive counts, in exact integers: a class is taken off its parent when it has a price.
    private static BigInteger? Expected(int[] r, int[] c, int searches, int tenths)
    {
        BigInteger read = c[1] + c[7] + c[8], write = c[2] + c[3], write1h = c[3];
        BigInteger audio = c[4] + c[7], image = c[5] + c[8], audioJoin = r[7] == 0 ? 0 : c[7], imageJoin = r[8] == 0 ? 0 : c[8];
        BigInteger input = c[..9].Sum(), output = c[9..].Sum();
        var take1h = r[3] == 0 ? 0 : write1h;
        var takeRead = r[1] == 0 ? 0 : read - audioJoin - imageJoin;
        var takeWrite = r[2] == 0 ? 0 : write - take1h;
        var takeAudio = r[4] == 0 ? 0 : audio - audioJoin;
        var takeImage = r[5] == 0 ? 0 : image - imageJoin;
        BigInteger takeVideo = r[6] == 0 ? 0 : c[6];
        var rest = input - takeRead - takeWrite - take1h - takeAudio - takeImage - takeVideo - audioJoin - imageJoin;
        if (rest < 0)
        {
            return null;
        }

        var sum = (rest * r[0]) + (takeRead * r[1]) + (takeWrite * r[2]) + (take1h * r[3]) + (takeAudio * r[4])
            + (takeImage * r[5]) + (takeVideo * r[6]) + (audioJoin * r[7]) + (imageJoin * r[8]);
        for (var i = 10; i < 15; i++)
        {
            BigInteger take = r[i] == 0 ? 0 : c[i];
            sum += take * r[i];
            output -= take;
        }

        // tokens × millionths of a dollar per million = 1e-12 dollars = thousandths of a nano-dollar; tenths more digits.
        var (whole, remainder) = BigInteger.DivRem((sum + (output * r[9])) * tenths, 10_000);
        var up = remainder > 5_000 || (remainder == 5_000 && !whole.IsEven);
        return whole + (up ? 1 : 0) + (searches * 10_000_000);
    }
}
