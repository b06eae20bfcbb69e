using System.Globalization;
using System.Text.Json;
using LlmObservability.Pricing;

namespace LlmObservability.Tests.Pricing;

public class PriceSampleCasesTests
{
    private static readonly Dictionary<string, JsonElement> Cases = Load();

    public static TheoryData<string> Ids => [.. Cases.Keys];

    [Fact]
    public void There_are_sixty_cases() => Cases.Count.ShouldBe(60);

    [Theory]
    [MemberData(nameof(Ids))]
    public void A_case_costs_what_was_worked_out_for_it_to_the_last_nano_dollar(string id)
    {
        var item = Cases[id];
        var priced = PricingTestData.DefaultPricer.Price(QueryOf(id));

        priced.PriceEntry.ShouldBe(Text(item, "matched"));
        if (item.GetProperty("expected_nano_usd") is { ValueKind: JsonValueKind.Number } nanos)
        {
            priced.Reason.ShouldBe(LlmCostReason.Priced);
            var cost = priced.Cost.ShouldNotBeNull();
            cost.TotalNanos.ShouldBe(nanos.GetInt64());
            cost.TotalUsd.ShouldBe(decimal.Parse(Text(item, "expected_usd")!, CultureInfo.InvariantCulture));
            if (Text(item, "expected_output_usd") is { } output)
            {
                LlmCost.ToUsd(cost.OutputNanos).ShouldBe(decimal.Parse(output, CultureInfo.InvariantCulture));
                LlmCost.ToUsd(cost.InputNanos + cost.CachedInputNanos)
                    .ShouldBe(decimal.Parse(Text(item, "expected_input_usd")!, CultureInfo.InvariantCulture));
            }

            priced.CatalogDate.ShouldBe(new DateOnly(2026, 8, 21));
        }
        else
        {
            priced.Cost.ShouldBeNull();
            priced.Reason.ToName().ShouldBe(Text(item, "null_reason"));
        }
    }

    internal static PriceQuery QueryOf(string id)
    {
        var item = Cases[id];
        return new PriceQuery
        {
            Provider = Text(item, "provider"),
            ResponseModel = Text(item, "model"),
            At = DateTimeOffset.Parse(Text(item, "timestamp")!, CultureInfo.InvariantCulture),
            Tokens = ToDisjoint(item.GetProperty("usage")),
            ServiceTier = Text(item, "service_tier"),
            Geo = Text(item, "geo"),
        };
    }

    // The cases count inclusively: cached tokens are part of the input, and cached audio of both cached and audio.
    private static LlmTokens ToDisjoint(JsonElement usage)
    {
        long Get(string name) => usage.TryGetProperty(name, out var value) ? value.GetInt64() : 0;
        var (read, write, write1h) = (Get("cache_read"), Get("cache_write"), Get("cache_write_1h"));
        var (audio, image, video) = (Get("input_audio"), Get("input_image"), Get("input_video"));
        var (audioRead, imageRead) = (Get("cache_read_audio"), Get("cache_read_image"));
        var (audioOut, imageOut, videoOut) = (Get("output_audio"), Get("output_image"), Get("output_video"));
        return new LlmTokens
        {
            Source = LlmUsageSource.Reported,
            UncachedInput = Get("input") - read - write - audio - image - video + audioRead + imageRead,
            CacheRead = read - audioRead - imageRead,
            CacheWrite5m = write - write1h,
            CacheWrite1h = write1h,
            VisibleOutput = Get("output") - Get("reasoning") - Get("citation") - audioOut - imageOut - videoOut,
            Reasoning = Get("reasoning"),
            Detail = new LlmTokenDetail
            {
                AudioInput = audio - audioRead,
                ImageInput = image - imageRead,
                VideoInput = video,
                AudioCacheRead = audioRead,
                ImageCacheRead = imageRead,
                AudioOutput = audioOut,
                ImageOutput = imageOut,
                VideoOutput = videoOut,
                Citation = Get("citation"),
            },
        };
    }

    private static string? Text(JsonElement item, string name)
    {
        return item.TryGetProperty(name, out var value) ? value.GetString() : null;
    }

    private static Dictionary<string, JsonElement> Load()
    {
        using var stream = typeof(PriceSampleCasesTests).Assembly.GetManifestResourceStream("price-cases.json")!;
        using var document = JsonDocument.Parse(stream);
        return document.RootElement.GetProperty("cases").EnumerateArray()
            .ToDictionary(c => c.GetProperty("id").GetString()!, c => c.Clone());
    }
}
