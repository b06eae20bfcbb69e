using System.Globalization;
using System.Text.Json;

namespace PriceCalculator.Update;

/// <summary>Numbers of a JSON file as decimals, exactly as they are written: 1.5e-07 a token is 0.15 a million.</summary>
internal static class ExactNumber
{
    /// <summary>Powers of ten from a price each to one per million, per thousand, or the same.</summary>
    public const int PerMillion = 6;
    public const int PerThousand = 3;
    public const int AsWritten = 0;

    private const decimal MaxPrice = 1_000_000;
    private const int MaxDigits = 28;

    /// <summary>A price in USD per million tokens or per thousand requests.</summary>
    /// <exception cref="EntryException">It is no number, negative, absurd, or of more digits than a decimal keeps.</exception>
    public static decimal Price(JsonElement element, string field, int shift)
    {
        var price = Read(element, field, shift);
        return price <= MaxPrice
            ? price
            : throw EntryException.Bad($"{field} is above 1,000,000 USD per million tokens or thousand requests ({Shown(element)})");
    }

    /// <summary>A factor above 0.</summary>
    /// <exception cref="EntryException">It is none.</exception>
    public static decimal Factor(JsonElement element, string field)
    {
        return Read(element, field, AsWritten) is > 0 and <= 1_000 and var factor
            ? factor
            : throw EntryException.Bad($"{field} is not a factor above 0 and up to 1000 ({Shown(element)})");
    }

    /// <summary>The element's text, short enough for a line.</summary>
    public static string Shown(JsonElement element)
    {
        var text = element.ValueKind == JsonValueKind.String ? element.GetString()! : element.GetRawText();
        return text.Length <= 40 ? text : text[..40] + "…";
    }

    private static decimal Read(JsonElement element, string field, int shift)
    {
        if (element.ValueKind != JsonValueKind.Number)
        {
            throw EntryException.Bad($"{field} is not a number ({Shown(element)})");
        }

        var text = element.GetRawText();
        var e = text.AsSpan().IndexOfAny('e', 'E');
        var mantissa = (e < 0 ? text : text[..e]).TrimStart('-');
        var point = mantissa.IndexOf('.', StringComparison.Ordinal);
        var decimals = point < 0 ? 0 : mantissa.Length - point - 1;
        var digits = mantissa.Replace(".", "", StringComparison.Ordinal).TrimStart('0');
        if (digits.Length == 0)
        {
            return 0;
        }

        if (text[0] == '-')
        {
            throw EntryException.Bad($"{field} is negative ({Shown(element)})");
        }

        var kept = digits.TrimEnd('0');
        if (!int.TryParse(e < 0 ? "0" : text[(e + 1)..], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var exponent)
            || Math.Abs((long)exponent) > 1_000)
        {
            throw EntryException.Bad($"{field} is not a price ({Shown(element)})");
        }

        var power = exponent - decimals + (digits.Length - kept.Length) + shift;
        if (kept.Length > MaxDigits || power < -MaxDigits)
        {
            throw EntryException.Bad($"{field} has more digits than can be kept exactly ({Shown(element)})");
        }

        return kept.Length + power > MaxDigits
            ? decimal.MaxValue
            : decimal.Parse(string.Create(CultureInfo.InvariantCulture, $"{kept}E{power}"), NumberStyles.Float, CultureInfo.InvariantCulture);
    }
}
