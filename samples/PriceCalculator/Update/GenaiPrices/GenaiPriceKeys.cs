using System.Text.Json;

namespace PriceCalculator.Update.GenaiPrices;

/// <summary>One set of prices of genai-prices in the catalog's terms.</summary>
internal static class GenaiPriceKeys
{
    private static readonly Dictionary<string, string> Classes = new()
    {
        ["input_mtok"] = "in",
        ["output_mtok"] = "out",
        ["cache_read_mtok"] = "cacheRead",
        ["cache_write_mtok"] = "cacheWrite",
        ["cache_write_5m_mtok"] = "cacheWrite",
        ["cache_write_1h_mtok"] = "cacheWrite1h",
        ["output_reasoning_mtok"] = "reasoning",
        ["output_citation_mtok"] = "citation",
        ["input_audio_mtok"] = "audioIn",
        ["output_audio_mtok"] = "audioOut",
        ["cache_audio_read_mtok"] = "audioCacheRead",
        ["input_image_mtok"] = "imageIn",
        ["output_image_mtok"] = "imageOut",
        ["cache_image_read_mtok"] = "imageCacheRead",
        ["input_video_mtok"] = "videoIn",
        ["output_video_mtok"] = "videoOut",
        ["requests_kcount"] = "request",
        ["web_searches_kcount"] = "webSearch",
        ["rerank_searches_kcount"] = "rerank",
    };

    // The library counts web searches and no other tool, so no entry of it can bill these.
    private static readonly HashSet<string> ToolFees = ["storage_searches_kcount", "social_searches_kcount", "code_executions_kcount"];

    /// <summary>The set; empty when it prices other units than tokens and requests.</summary>
    /// <exception cref="EntryException">A price is wrong, or one beside token prices has no place in the catalog.</exception>
    public static PriceTable Read(JsonElement set)
    {
        var table = new PriceTable();
        if (!set.EnumerateObject().Any())
        {
            // genai-prices says that a model is free by giving it no prices.
            table.Set(null, null, "in", 0, "prices");
            table.Set(null, null, "out", 0, "prices");
            return table;
        }

        var others = new List<JsonProperty>();
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var field in set.EnumerateObject().Where(f => f.Value.ValueKind != JsonValueKind.Null))
        {
            if (!seen.Add(field.Name))
            {
                throw EntryException.Bad($"{field.Name} stands twice");
            }

            if (Classes.TryGetValue(field.Name, out var priceClass))
            {
                ReadPrice(table, priceClass, field);
            }
            else if (!ToolFees.Contains(field.Name))
            {
                others.Add(field);
            }
        }

        table.CarryTiersOn();
        foreach (var field in others.Where(f => !table.IsEmpty && !IsZero(f.Value)))
        {
            throw EntryException.NoWord($"{field.Name} has no place in the catalog ({ExactNumber.Shown(field.Value)})");
        }

        return table;
    }

    /// <summary>How many of a thing one price of this key is for; null when the key is not carried.</summary>
    public static int? Per(string key)
    {
        return !Classes.ContainsKey(key) ? null : key.EndsWith("_kcount", StringComparison.Ordinal) ? 1_000 : 1_000_000;
    }

    private static bool IsZero(JsonElement value)
    {
        return value.ValueKind == JsonValueKind.Number && value.TryGetDecimal(out var number) && number == 0;
    }

    private static void ReadPrice(PriceTable table, string priceClass, JsonProperty field)
    {
        if (field.Value.ValueKind != JsonValueKind.Object)
        {
            table.Set(null, null, priceClass, ExactNumber.Price(field.Value, field.Name, ExactNumber.AsWritten), field.Name);
            return;
        }

        if (!field.Value.TryGetProperty("base", out var start) || !field.Value.TryGetProperty("tiers", out var tiers)
            || tiers.ValueKind != JsonValueKind.Array || field.Value.EnumerateObject().Count() != 2)
        {
            throw EntryException.Bad($"{field.Name} is neither a number nor tiers ({ExactNumber.Shown(field.Value)})");
        }

        table.Set(null, null, priceClass, ExactNumber.Price(start, field.Name + ".base", ExactNumber.AsWritten), field.Name);
        foreach (var tier in tiers.EnumerateArray())
        {
            if (tier.ValueKind != JsonValueKind.Object || !tier.TryGetProperty("start", out var over) || over.ValueKind != JsonValueKind.Number
                || !over.TryGetInt64(out var bound) || bound < 0 || !tier.TryGetProperty("price", out var price)
                || tier.EnumerateObject().Count() != 2)
            {
                throw EntryException.Bad($"{field.Name} holds what is no tier ({ExactNumber.Shown(tier)})");
            }

            table.Set(null, bound, priceClass, ExactNumber.Price(price, field.Name, ExactNumber.AsWritten), field.Name);
        }
    }
}
