using System.Globalization;

namespace LlmObservability.Queries;

/// <summary>
/// Values in the text form of queries, cursors and group keys: how each <see cref="LlmFieldType"/> is written and read, in
/// the invariant culture. Thread-safe.
/// </summary>
public static class LlmValue
{
    private static readonly string[] TimeFormats =
    [
        "yyyy-MM-dd'T'HH:mm:ss.FFFFFFFzzz", "yyyy-MM-dd'T'HH:mm:ss.FFFFFFF'Z'",
        "yyyy-MM-dd'T'HH:mm:sszzz", "yyyy-MM-dd'T'HH:mm:ss'Z'",
        "yyyy-MM-dd'T'HH:mmzzz", "yyyy-MM-dd'T'HH:mm'Z'",
    ];

    /// <summary>Reads a whole number: decimal digits, with a minus sign where it is negative.</summary>
    public static bool TryParseInteger(string? text, out long value)
    {
        return long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out value);
    }

    /// <summary>Reads a finite number.</summary>
    public static bool TryParseNumber(string? text, out double value)
    {
        const NumberStyles Styles = NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent;
        return double.TryParse(text, Styles, CultureInfo.InvariantCulture, out value) && double.IsFinite(value);
    }

    /// <summary>Reads <c>true</c> or <c>false</c>, in lower case.</summary>
    public static bool TryParseBoolean(string? text, out bool value)
    {
        value = text == "true";
        return value || text == "false";
    }

    /// <summary>Reads an ISO 8601 time with an offset or Z, as <c>2025-01-31T23:59:59.123456Z</c>; the result is UTC. Fraction and seconds may be left out.</summary>
    public static bool TryParseTime(string? text, out DateTimeOffset value)
    {
        const DateTimeStyles Styles = DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal;
        return DateTimeOffset.TryParseExact(text, TimeFormats, CultureInfo.InvariantCulture, Styles, out value);
    }

    /// <summary>Reads a UUID in its form of 36 characters.</summary>
    public static bool TryParseId(string? text, out Guid value) => Guid.TryParseExact(text, "D", out value);

    /// <summary>Whether a text can be a field's value: every store can keep it. It holds neither U+0000 nor half a surrogate pair.</summary>
    public static bool IsText(string? text) => text is not null && StorableText.IsStorable(text);

    /// <summary>Whether the text is a value of that type.</summary>
    public static bool Fits(LlmFieldType type, string? text)
    {
        return type switch
        {
            LlmFieldType.Text => IsText(text),
            LlmFieldType.Integer => TryParseInteger(text, out _),
            LlmFieldType.Number => TryParseNumber(text, out _),
            LlmFieldType.Boolean => TryParseBoolean(text, out _),
            LlmFieldType.Time => TryParseTime(text, out _),
            LlmFieldType.Id => TryParseId(text, out _),
            _ => false,
        };
    }

    /// <summary>A whole number's text form.</summary>
    public static string Format(long value) => value.ToString(CultureInfo.InvariantCulture);

    /// <summary>A number's text form: the shortest that reads back as the same number.</summary>
    public static string Format(double value) => value.ToString("R", CultureInfo.InvariantCulture);

    /// <summary>A truth value's text form.</summary>
    public static string Format(bool value) => value ? "true" : "false";

    /// <summary>A time's text form: UTC with seven digits of a second.</summary>
    public static string Format(DateTimeOffset value)
    {
        return value.ToUniversalTime().ToString("yyyy-MM-dd'T'HH:mm:ss.fffffff'Z'", CultureInfo.InvariantCulture);
    }

    /// <summary>A UUID's text form.</summary>
    public static string Format(Guid value) => value.ToString("D");

    /// <summary>
    /// The whole microsecond at or after a time. Calls' times are whole microseconds, so a bound (at least, below) moved so
    /// separates the same calls as before, in stores that keep no finer times too.
    /// </summary>
    public static DateTimeOffset ToBound(DateTimeOffset time)
    {
        var rest = time.UtcTicks % TimeSpan.TicksPerMicrosecond;
        var ticks = rest == 0 ? time.UtcTicks : time.UtcTicks - rest + TimeSpan.TicksPerMicrosecond;
        return new DateTimeOffset(Math.Min(ticks, DateTimeOffset.MaxValue.UtcTicks), TimeSpan.Zero);
    }

    /// <summary>Compares two texts by code point (the order of their UTF-8 bytes), which <see cref="string.CompareOrdinal(string, string)"/> does not above U+D7FF.</summary>
    public static int CompareText(string left, string right)
    {
        ArgumentNullException.ThrowIfNull(left);
        ArgumentNullException.ThrowIfNull(right);
        var length = Math.Min(left.Length, right.Length);
        for (var i = 0; i < length; i++)
        {
            if (left[i] != right[i])
            {
                return Rank(left[i]) - Rank(right[i]);
            }
        }

        return left.Length - right.Length;
    }

    // Surrogates stand for code points above every other character's.
    private static int Rank(char unit) => char.IsSurrogate(unit) ? unit + 0x10000 : unit;
}
