using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace PriceCalculator.Update.LiteLlm;

/// <summary>Reads one entry of LiteLLM's file: all of it, or not at all.</summary>
internal sealed class LiteLlmEntry
{
    private readonly PriceTable _prices = new();
    private readonly JsonObject _geo = [];
    private readonly JsonObject _speed = [];
    private readonly bool _isReranking;

    private LiteLlmEntry(bool isReranking) => _isReranking = isReranking;

    /// <summary>The model; null when it has no price by token, request or reranking.</summary>
    /// <exception cref="EntryException">The entry is wrong, or says what the catalog cannot.</exception>
    public static UpstreamModel? Read(string provider, string model, JsonElement element)
    {
        if (model.AsSpan().ContainsAny('*', '#'))
        {
            throw EntryException.Bad("its name holds a wildcard");
        }

        var entry = new LiteLlmEntry(Text(element, "mode") == "rerank");
        var seen = new HashSet<string>(StringComparer.Ordinal);
        var others = new List<JsonProperty>();
        foreach (var field in element.EnumerateObject())
        {
            if (!seen.Add(field.Name))
            {
                throw EntryException.Bad($"{field.Name} stands twice");
            }

            if (field.Value.ValueKind != JsonValueKind.Null && !entry.TryTake(field))
            {
                others.Add(field);
            }
        }

        if (entry._prices.IsEmpty || Text(element, "mode") == "moderation")
        {
            return null;
        }

        others.ForEach(entry.Check);
        return new UpstreamModel(provider, model, [entry._prices.ToJson([])])
        {
            Sunset = Date(element, "deprecation_date"),
            Geo = entry._geo.Count > 0 ? entry._geo : null,
            Speed = entry._speed.Count > 0 ? entry._speed : null,
        };
    }

    private static string? Text(JsonElement element, string name)
    {
        return element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
    }

    // Some dates are words; those are not kept.
    private static string? Date(JsonElement element, string name)
    {
        return Text(element, name) is { } text
            && DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out _) ? text : null;
    }

    private static bool IsZero(JsonElement value)
    {
        return value.ValueKind == JsonValueKind.Number && value.TryGetDecimal(out var number) && number == 0;
    }

    // Prices are read first, since what other fields mean depends on them.
    private bool TryTake(JsonProperty field)
    {
        if (LiteLlmFields.Price(field.Name, _isReranking) is { } price)
        {
            _prices.Set(price.Service, price.Over, price.Class, ExactNumber.Price(field.Value, field.Name, price.Shift), field.Name);
            return true;
        }

        if (field.Name == "search_context_cost_per_query")
        {
            TakeSearches(field);
            return true;
        }

        return LiteLlmFields.HasNoEffect(field.Name) || LiteLlmFields.IsToolFee(field.Name);
    }

    private void TakeSearches(JsonProperty field)
    {
        var sizes = field.Value.ValueKind == JsonValueKind.Object
            ? field.Value.EnumerateObject().Select(size => ExactNumber.Price(size.Value, size.Name, ExactNumber.PerThousand)).Distinct().ToArray()
            : [ExactNumber.Price(field.Value, field.Name, ExactNumber.PerThousand)];
        if (sizes.Length > 1)
        {
            throw EntryException.NoWord($"{field.Name} differs by size");
        }

        if (sizes.Length == 1)
        {
            _prices.Set(null, null, "webSearch", sizes[0], field.Name);
        }
    }

    private void Check(JsonProperty field)
    {
        const string Uplift = "regional_processing_uplift_multiplier_";
        if (field.Name.StartsWith(Uplift, StringComparison.Ordinal) && field.Name.Length > Uplift.Length)
        {
            _geo[field.Name[Uplift.Length..]] = ExactNumber.Factor(field.Value, field.Name);
        }
        else if (field.Name == "provider_specific_entry" && field.Value.ValueKind == JsonValueKind.Object)
        {
            foreach (var factor in field.Value.EnumerateObject())
            {
                TakeFactor(factor);
            }
        }
        else if (field.Name == "web_search_billing_unit")
        {
            if (_prices.Has("webSearch") && Shown(field) != "per_query")
            {
                throw EntryException.NoWord($"{field.Name} is {Shown(field)}");
            }
        }
        else if (!IsHarmless(field))
        {
            throw EntryException.NoWord($"{field.Name} has no place in the catalog ({Shown(field)})");
        }
    }

    private void TakeFactor(JsonProperty factor)
    {
        if (factor.Name == "fast")
        {
            _speed[factor.Name] = ExactNumber.Factor(factor.Value, factor.Name);
        }
        else if (factor.Name is "us" or "eu")
        {
            _geo[factor.Name] = ExactNumber.Factor(factor.Value, factor.Name);
        }
        else
        {
            throw EntryException.NoWord($"provider_specific_entry.{factor.Name} has no place in the catalog ({Shown(factor)})");
        }
    }

    // A number, a list or an object under a name that is not known may be a price; a word or a yes hardly is.
    private bool IsHarmless(JsonProperty field)
    {
        return IsZero(field.Value)
            || (LiteLlmFields.OtherUnitOf(field.Name) is { } tokens && _prices.Has(tokens))
            || field.Value.ValueKind is JsonValueKind.True or JsonValueKind.False
            || (field.Value.ValueKind == JsonValueKind.String && !field.Name.Contains("cost", StringComparison.Ordinal)
                && !field.Name.Contains("pric", StringComparison.Ordinal));
    }

    private static string Shown(JsonProperty field) => ExactNumber.Shown(field.Value);
}
