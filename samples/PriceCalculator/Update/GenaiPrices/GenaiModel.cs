using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace PriceCalculator.Update.GenaiPrices;

/// <summary>Reads one model of genai-prices: all of it, or not at all.</summary>
internal static class GenaiModel
{
    private static readonly HashSet<string> WithoutEffect =
        ["id", "name", "description", "match", "context_window", "price_comments", "prices", "deprecated", "prices_checked"];

    /// <summary>The model; null when it has no price by token, request or reranking.</summary>
    /// <exception cref="EntryException">The entry is wrong, or says what the catalog cannot.</exception>
    public static UpstreamModel? Read(string provider, string id, JsonElement element)
    {
        foreach (var field in element.EnumerateObject().Where(f => !WithoutEffect.Contains(f.Name)))
        {
            if (field.Value.ValueKind is JsonValueKind.Number or JsonValueKind.Object or JsonValueKind.Array)
            {
                throw EntryException.NoWord($"{field.Name} has no place in the catalog ({ExactNumber.Shown(field.Value)})");
            }
        }

        if (!element.TryGetProperty("prices", out var prices) || prices.ValueKind is not (JsonValueKind.Object or JsonValueKind.Array))
        {
            throw EntryException.Bad("prices are missing");
        }

        var sets = ReadSets(prices);
        if (sets is null)
        {
            return null;
        }

        var patterns = element.TryGetProperty("match", out var match)
            ? MatchClauses.ToPatterns(match)
            : throw EntryException.Bad("match is missing");
        return new UpstreamModel(provider, id, sets)
        {
            Match = patterns.Count == 1 && patterns[0].Equals(id, StringComparison.OrdinalIgnoreCase) ? null : patterns,
            Deprecated = element.TryGetProperty("deprecated", out var deprecated) && deprecated.ValueKind == JsonValueKind.True,
            Checked = ReadDate(element, "prices_checked"),
        };
    }

    private static JsonArray? ReadSets(JsonElement prices)
    {
        if (prices.ValueKind == JsonValueKind.Object)
        {
            return GenaiPriceKeys.Read(prices) is { IsEmpty: false } table ? [table.ToJson([])] : null;
        }

        var sets = new JsonArray();
        var empty = 0;
        foreach (var conditional in prices.EnumerateArray())
        {
            if (conditional.ValueKind != JsonValueKind.Object || !conditional.TryGetProperty("prices", out var set)
                || set.ValueKind != JsonValueKind.Object
                || conditional.EnumerateObject().Any(p => p.Name is not ("prices" or "constraint")))
            {
                throw EntryException.Bad($"prices hold what is no set of prices ({ExactNumber.Shown(conditional)})");
            }

            var validity = conditional.TryGetProperty("constraint", out var constraint) ? ReadConstraint(constraint) : [];
            var table = GenaiPriceKeys.Read(set);
            empty += table.IsEmpty ? 1 : 0;
            sets.Add((JsonNode)table.ToJson(validity));
        }

        if (sets.Count == 0)
        {
            throw EntryException.Bad("prices are empty");
        }

        return empty == 0
            ? sets
            : empty == sets.Count ? null : throw EntryException.NoWord("one of its price sets has no price by token or request");
    }

    private static JsonObject ReadConstraint(JsonElement constraint)
    {
        if (constraint.ValueKind == JsonValueKind.Null)
        {
            return [];
        }

        var names = constraint.ValueKind == JsonValueKind.Object
            ? constraint.EnumerateObject().Select(p => p.Name).Where(n => n != "type").Order(StringComparer.Ordinal).ToArray()
            : [];
        if (names is ["start_date"] && ReadDate(constraint, "start_date") is { } from)
        {
            return new JsonObject { ["from"] = from };
        }

        return names is ["end_time", "start_time"] && ReadTime(constraint, "start_time") is { } start
            && ReadTime(constraint, "end_time") is { } end && start != end
                ? new JsonObject { ["hoursUtc"] = new JsonArray($"{start}-{end}") }
                : throw EntryException.NoWord($"its constraint has no place in the catalog ({ExactNumber.Shown(constraint)})");
    }

    private static string? ReadDate(JsonElement parent, string name)
    {
        return Text(parent, name) is { } text
            && DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out _) ? text : null;
    }

    // The catalog counts whole minutes of UTC.
    private static string? ReadTime(JsonElement parent, string name)
    {
        return Text(parent, name) is { } text
            && TimeOnly.TryParseExact(text, ["HH:mm:ss'Z'", "HH:mm'Z'", "HH:mm:ss'+00:00'"], CultureInfo.InvariantCulture, DateTimeStyles.None, out var time)
            && time.Second == 0
                ? time.ToString("HH:mm", CultureInfo.InvariantCulture)
                : null;
    }

    private static string? Text(JsonElement parent, string name)
    {
        return parent.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
    }
}
