using System.Globalization;
using System.Text.Json;

namespace LlmObservability.Pricing;

/// <summary>Reads one price set: its times, its prices, its context tiers and its service tiers.</summary>
internal static class PriceSetReader
{
    private static readonly string[] WeekDays = ["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"];

    /// <summary>The field <c>prices</c> of a model: at least one price set.</summary>
    internal static PriceSet[] ReadAll(JsonElement model, CatalogPlace place)
    {
        var sets = new List<PriceSet>();
        foreach (var set in CatalogJson.RequireArray(model, "prices", place).EnumerateArray())
        {
            sets.Add(Read(set, place.Below("prices").At(sets.Count)));
        }

        return sets.Count > 0 ? [.. sets] : throw place.Below("prices").Wrong("at least one price set is needed");
    }

    private static PriceSet Read(JsonElement element, CatalogPlace place)
    {
        CatalogJson.RequireObject(element, place);
        var standard = new RateTable();
        foreach (var property in element.EnumerateObject())
        {
            if (property.Name is not ("from" or "hoursUtc" or "days" or "tiers" or "batch" or "flex" or "priority"))
            {
                ReadPrice(property, standard, place);
            }
        }

        var tiers = ReadTiers(element, place) ?? [];
        return new PriceSet
        {
            From = element.TryGetProperty("from", out _)
                ? CatalogJson.Date(CatalogJson.RequireText(element, "from", place), place.Below("from"))
                    .ToDateTime(TimeOnly.MinValue, DateTimeKind.Utc)
                : null,
            Hours = ReadHours(element, place),
            Days = ReadDays(element, place),
            Standard = new PriceVariant(standard, tiers),
            Batch = ReadService(element, "batch", standard, tiers, place),
            Flex = ReadService(element, "flex", standard, tiers, place),
            Priority = ReadService(element, "priority", standard, tiers, place),
        };
    }

    // A service tier replaces the prices that it names. Its context tiers are its own; where it names none, the set's
    // hold for it as well.
    private static PriceVariant? ReadService(
        JsonElement set, string name, RateTable standard, List<(long Over, RateTable Table)> tiers, CatalogPlace place)
    {
        if (!set.TryGetProperty(name, out var element))
        {
            return null;
        }

        var below = place.Below(name);
        CatalogJson.RequireObject(element, below);
        var table = new RateTable();
        foreach (var property in element.EnumerateObject())
        {
            if (property.Name != "tiers")
            {
                ReadPrice(property, table, below);
            }
        }

        return new PriceVariant(standard.Overlay(table), ReadTiers(element, below) ?? tiers);
    }

    private static List<(long Over, RateTable Table)>? ReadTiers(JsonElement parent, CatalogPlace place)
    {
        if (!parent.TryGetProperty("tiers", out _))
        {
            return null;
        }

        var tiers = new List<(long Over, RateTable Table)>();
        foreach (var tier in CatalogJson.RequireArray(parent, "tiers", place).EnumerateArray())
        {
            var below = place.Below("tiers").At(tiers.Count);
            CatalogJson.RequireObject(tier, below);
            if (!tier.TryGetProperty("over", out var overField) || overField.ValueKind != JsonValueKind.Number
                || !overField.TryGetInt64(out var over) || over < 0)
            {
                throw below.Below("over").Wrong("a whole number of tokens is needed here");
            }

            if (tiers.Exists(t => t.Over == over))
            {
                throw below.Below("over").Wrong("there is another tier over the same number of tokens");
            }

            var table = new RateTable();
            foreach (var property in tier.EnumerateObject())
            {
                if (property.Name != "over")
                {
                    ReadPrice(property, table, below);
                }
            }

            tiers.Add((over, table));
        }

        return tiers;
    }

    private static void ReadPrice(JsonProperty property, RateTable table, CatalogPlace place)
    {
        var below = place.Below(property.Name);
        var priceClass = ToClass(property.Name)
            ?? throw below.Wrong("no such price is known, and leaving it out would price calls wrongly");
        table[priceClass] = CatalogJson.Price(property.Value, below);
    }

    private static PriceClass? ToClass(string name) => name switch
    {
        "in" => PriceClass.In,
        "out" => PriceClass.Out,
        "cacheRead" => PriceClass.CacheRead,
        "cacheWrite" => PriceClass.CacheWrite,
        "cacheWrite1h" => PriceClass.CacheWrite1h,
        "reasoning" => PriceClass.Reasoning,
        "citation" => PriceClass.Citation,
        "audioIn" => PriceClass.AudioIn,
        "audioOut" => PriceClass.AudioOut,
        "audioCacheRead" => PriceClass.AudioCacheRead,
        "imageIn" => PriceClass.ImageIn,
        "imageOut" => PriceClass.ImageOut,
        "imageCacheRead" => PriceClass.ImageCacheRead,
        "videoIn" => PriceClass.VideoIn,
        "videoOut" => PriceClass.VideoOut,
        "request" => PriceClass.Request,
        "webSearch" => PriceClass.WebSearch,
        "rerank" => PriceClass.Rerank,
        _ => null,
    };

    private static (TimeSpan Start, TimeSpan End)[] ReadHours(JsonElement set, CatalogPlace place)
    {
        var texts = CatalogJson.Texts(set, "hoursUtc", place) ?? [];
        var hours = new (TimeSpan Start, TimeSpan End)[texts.Length];
        for (var i = 0; i < texts.Length; i++)
        {
            var parts = texts[i].Split('-');
            if (parts.Length != 2 || !TryParseTime(parts[0], out hours[i].Start) || !TryParseTime(parts[1], out hours[i].End)
                || hours[i].Start == hours[i].End)
            {
                throw place.Below("hoursUtc").At(i).Wrong($"'{texts[i]}' is not a window like 00:30-16:30");
            }
        }

        return hours;
    }

    private static bool TryParseTime(string text, out TimeSpan time)
    {
        if (text == "24:00")
        {
            time = TimeSpan.FromDays(1);
            return true;
        }

        return TimeSpan.TryParseExact(text, @"hh\:mm", CultureInfo.InvariantCulture, out time);
    }

    private static int ReadDays(JsonElement set, CatalogPlace place)
    {
        var texts = CatalogJson.Texts(set, "days", place) ?? [];
        var days = 0;
        for (var i = 0; i < texts.Length; i++)
        {
            var day = Array.FindIndex(
                WeekDays,
                d => d.Equals(texts[i], StringComparison.OrdinalIgnoreCase)
                    || d.AsSpan(0, 3).Equals(texts[i], StringComparison.OrdinalIgnoreCase));
            days |= day >= 0 ? 1 << day : throw place.Below("days").At(i).Wrong($"'{texts[i]}' is not a day like mon or monday");
        }

        return days;
    }
}
