using System.Globalization;
using System.Text.Json;

namespace LlmObservability.Pricing;

/// <summary>Typed access to the fields of a catalog; every mistake names its place.</summary>
internal static class CatalogJson
{
    /// <summary>The document without the byte order mark that some editors put before it.</summary>
    internal static ReadOnlyMemory<byte> WithoutMark(ReadOnlyMemory<byte> json) => json.Span.StartsWith("\uFEFF"u8) ? json[3..] : json;

    internal static JsonElement RequireObject(JsonElement element, CatalogPlace place)
    {
        return element.ValueKind == JsonValueKind.Object ? element : throw place.Wrong("an object is needed here");
    }

    internal static JsonElement RequireArray(JsonElement parent, string name, CatalogPlace place)
    {
        return parent.TryGetProperty(name, out var array) && array.ValueKind == JsonValueKind.Array
            ? array
            : throw place.Below(name).Wrong("an array is needed here");
    }

    internal static string RequireText(JsonElement parent, string name, CatalogPlace place)
    {
        return parent.TryGetProperty(name, out var text) ? Text(text, place.Below(name)) : throw place.Below(name).Wrong("it is missing");
    }

    internal static string Text(JsonElement element, CatalogPlace place)
    {
        try
        {
            // Trimmed, as the names are that calls come with: with a blank at its end it would match none of them.
            return element.ValueKind == JsonValueKind.String && element.GetString()?.Trim() is { Length: > 0 } text
                ? text
                : throw place.Wrong("a text that is not empty is needed here");
        }
        catch (InvalidOperationException)
        {
            // Half a surrogate pair, or bytes that are not UTF-8.
            throw place.Wrong("the text is not valid Unicode");
        }
    }

    /// <summary>An optional array of texts; null when absent.</summary>
    internal static string[]? Texts(JsonElement parent, string name, CatalogPlace place)
    {
        if (!parent.TryGetProperty(name, out _))
        {
            return null;
        }

        var texts = new List<string>();
        foreach (var element in RequireArray(parent, name, place).EnumerateArray())
        {
            texts.Add(Text(element, place.Below(name).At(texts.Count)));
        }

        return [.. texts];
    }

    internal static DateOnly Date(string text, CatalogPlace place)
    {
        return DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var date)
            ? date
            : throw place.Wrong($"'{text}' is not a date like 2026-08-21");
    }

    internal static decimal Price(JsonElement element, CatalogPlace place)
    {
        return element.ValueKind == JsonValueKind.Number && element.TryGetDecimal(out var price)
            ? CheckPrice(price, place)
            : throw place.Wrong("a number is needed here");
    }

    internal static decimal CheckPrice(decimal price, CatalogPlace place)
    {
        return price is >= 0 and <= RateTable.MaxPrice
            ? price
            : throw place.Wrong(string.Create(
                CultureInfo.InvariantCulture, $"{price} is not a price between 0 and {RateTable.MaxPrice} USD"));
    }
}
