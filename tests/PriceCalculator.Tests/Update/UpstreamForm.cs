using System.Globalization;
using System.Text.Json.Nodes;

namespace PriceCalculator.Tests.Update;

/// <summary>A catalog as the files that its two sources would publish for it.</summary>
internal static class UpstreamForm
{
    private static readonly Dictionary<string, string> Providers = new()
    {
        ["aws-bedrock"] = "bedrock",
        ["azure-openai"] = "azure_ai",
        ["fireworks"] = "fireworks_ai",
        ["google"] = "vertex_ai-language-models",
        ["together"] = "together_ai",
    };

    private static readonly Dictionary<string, string> LiteLlmFields = new()
    {
        ["in"] = "input_cost_per_token",
        ["out"] = "output_cost_per_token",
        ["cacheRead"] = "cache_read_input_token_cost",
        ["cacheWrite"] = "cache_creation_input_token_cost",
        ["cacheWrite1h"] = "cache_creation_input_token_cost_above_1hr",
        ["audioIn"] = "input_cost_per_audio_token",
        ["audioOut"] = "output_cost_per_audio_token",
        ["imageIn"] = "input_cost_per_image_token",
        ["imageOut"] = "output_cost_per_image_token",
    };

    private static readonly Dictionary<string, string> GenaiKeys = new()
    {
        ["in"] = "input_mtok",
        ["out"] = "output_mtok",
        ["cacheRead"] = "cache_read_mtok",
        ["cacheWrite"] = "cache_write_mtok",
        ["cacheWrite1h"] = "cache_write_1h_mtok",
        ["reasoning"] = "output_reasoning_mtok",
        ["citation"] = "output_citation_mtok",
        ["audioIn"] = "input_audio_mtok",
        ["audioOut"] = "output_audio_mtok",
        ["audioCacheRead"] = "cache_audio_read_mtok",
        ["imageIn"] = "input_image_mtok",
        ["imageOut"] = "output_image_mtok",
        ["imageCacheRead"] = "cache_image_read_mtok",
        ["videoIn"] = "input_video_mtok",
        ["videoOut"] = "output_video_mtok",
        ["request"] = "requests_kcount",
        ["webSearch"] = "web_searches_kcount",
    };

    public static JsonObject LiteLlm(JsonNode catalog)
    {
        var file = new JsonObject();
        foreach (var (provider, model) in Models(catalog).Where(m => m.Model["src"] is not null))
        {
            var name = Providers.GetValueOrDefault(provider, provider);
            var isReranking = model["prices"]![0]!["rerank"] is not null;
            var entry = new JsonObject { ["litellm_provider"] = name, ["mode"] = isReranking ? "rerank" : "chat", ["max_tokens"] = 8_192 };
            Fill(entry, model["prices"]![0]!.AsObject(), "");
            if (model["sunset"] is { } sunset)
            {
                entry["deprecation_date"] = sunset.DeepClone();
            }

            file[$"{name.Split('-')[0]}/{model["id"]}"] = entry;
        }

        return file;
    }

    public static JsonArray GenaiPrices(JsonNode catalog)
    {
        var file = new JsonArray();
        foreach (var provider in catalog["providers"]!.AsArray())
        {
            var models = Models(catalog).Where(m => m.Provider == (string)provider!["id"]! && m.Model["src"] is null).Select(m => (JsonNode)GenaiModel(m.Model));
            var written = new JsonObject { ["id"] = provider!["id"]!.DeepClone(), ["name"] = "x", ["api_pattern"] = "x", ["models"] = new JsonArray([.. models]) };
            if (provider["fallback"] is { } fallback)
            {
                written["fallback_model_providers"] = fallback.DeepClone();
            }

            file.Add((JsonNode)written);
        }

        return file;
    }

    private static IEnumerable<(string Provider, JsonObject Model)> Models(JsonNode catalog)
    {
        return catalog["providers"]!.AsArray().SelectMany(p => p!["models"]!.AsArray().Select(m => ((string)p["id"]!, m!.AsObject())));
    }

    private static void Fill(JsonObject entry, JsonObject prices, string suffix)
    {
        foreach (var (key, value) in prices.Where(p => p.Key != "over"))
        {
            switch (key)
            {
                case "tiers":
                    foreach (var tier in value!.AsArray())
                    {
                        Fill(entry, tier!.AsObject(), $"_above_{(int)tier!["over"]! / 1_000}k_tokens{suffix}");
                    }

                    break;
                case "batch" or "flex" or "priority":
                    Fill(entry, value!.AsObject(), key == "batch" ? "_batches" : "_" + key);
                    break;
                case "rerank" or "request" or "webSearch":
                    entry[key switch { "rerank" => "input_cost_per_query", "request" => "input_cost_per_request", _ => "search_context_cost_per_query" }]
                        = Number(value!, -3);
                    break;
                default:
                    entry[LiteLlmFields[key] + suffix] = Number(value!, -6);
                    break;
            }
        }
    }

    // The way LiteLLM writes it: 1.5e-07.
    private static JsonNode Number(JsonNode value, int power) => JsonNode.Parse(string.Create(CultureInfo.InvariantCulture, $"{value}e{power}"))!;

    private static JsonObject GenaiModel(JsonObject model)
    {
        var match = (model["match"] as JsonArray)?.Select(m => (string)m!) ?? [(string)model["id"]!];
        var written = new JsonObject
        {
            ["id"] = model["id"]!.DeepClone(),
            ["match"] = new JsonObject { ["or"] = new JsonArray([.. match.Select(Clause)]) },
            ["prices"] = new JsonArray([.. model["prices"]!.AsArray().Select(s => (JsonNode)Conditional(s!.AsObject()))]),
        };
        if (model["deprecated"] is { } deprecated)
        {
            written["deprecated"] = deprecated.DeepClone();
        }

        return written;
    }

    private static JsonNode Clause(string pattern)
    {
        var inner = pattern.Trim('*');
        return inner.AsSpan().ContainsAny('*', '#')
            ? new JsonObject { ["regex"] = Regex(pattern) }
            : new JsonObject
            {
                [(pattern.StartsWith('*'), pattern.EndsWith('*')) switch
                {
                    (true, true) => "contains",
                    (true, false) => "ends_with",
                    (false, true) => "starts_with",
                    _ => "equals",
                }] = inner,
            };
    }

    private static string Regex(string pattern)
    {
        return $"^{pattern.Replace(".", "\\.", StringComparison.Ordinal).Replace("*", ".*", StringComparison.Ordinal).Replace("#", "\\d", StringComparison.Ordinal)}$";
    }

    private static JsonObject Conditional(JsonObject set)
    {
        var prices = new JsonObject();
        foreach (var (key, value) in set.Where(p => GenaiKeys.ContainsKey(p.Key)))
        {
            var tiers = (set["tiers"] as JsonArray ?? []).Where(t => t![key] is not null)
                .Select(t => (JsonNode)new JsonObject { ["start"] = t!["over"]!.DeepClone(), ["price"] = t[key]!.DeepClone() }).ToArray();
            prices[GenaiKeys[key]] = tiers.Length == 0
                ? value!.DeepClone()
                : new JsonObject { ["base"] = value!.DeepClone(), ["tiers"] = new JsonArray(tiers) };
        }

        var conditional = new JsonObject { ["prices"] = prices };
        if (set["from"] is { } from)
        {
            conditional["constraint"] = new JsonObject { ["start_date"] = from.DeepClone() };
        }
        else if (set["hoursUtc"] is JsonArray hours)
        {
            var times = ((string)hours[0]!).Split('-');
            conditional["constraint"] = new JsonObject { ["start_time"] = times[0] + ":00Z", ["end_time"] = times[1] + ":00Z" };
        }

        return conditional;
    }
}
