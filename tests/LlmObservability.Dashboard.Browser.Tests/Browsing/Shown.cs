using System.Globalization;
using System.Text.Json;

namespace LlmObservability.Dashboard.Browser.Tests.Browsing;

/// <summary>How the pages write figures for a reader of en-US, worked out apart from them.</summary>
internal static class Shown
{
    public const string Unknown = "–";

    private static readonly CultureInfo Plain = CultureInfo.InvariantCulture;

    public static string Whole(long? value) => value is { } known ? known.ToString("N0", Plain) : Unknown;

    /// <summary>Every digit.</summary>
    public static string Exact(decimal? nanos) =>
        nanos is { } known ? (known < 0 ? "-$" : "$") + Math.Abs(known / 1_000_000_000m).ToString("0.#########", Plain) : Unknown;

    /// <summary>Cents from a dollar on, else three significant digits.</summary>
    public static string Money(decimal? nanos) => nanos is { } known ? Dollars(known / 1_000_000_000m) : Unknown;

    public static string Dollars(decimal value)
    {
        var size = Math.Abs(value);
        var sign = value < 0 ? "-$" : "$";
        if (size == 0)
        {
            return "$0";
        }

        if (size >= 0.995m)
        {
            return sign + size.ToString("N2", Plain);
        }

        var places = Places(size, 3);
        var text = Math.Round(size, places, MidpointRounding.AwayFromZero).ToString("F" + places.ToString(Plain), Plain);
        // The third digit goes where it is zero, the second stays.
        return sign + (text.EndsWith('0') ? text[..^1] : text);
    }

    public static string Percent(double? share)
    {
        if (share is not { } known)
        {
            return Unknown;
        }

        if (known is > 0 and < 0.0001)
        {
            return "<0.01%";
        }

        return known is < 1 and >= 0.99
            ? Trimmed(Math.Floor(known * 10_000) / 100, 2)
            : Trimmed(known * 100, known < 0.01 ? 2 : known is < 0.1 or > 0.9 ? 1 : 0);
    }

    public static string Bytes(long? value)
    {
        if (value is not { } known)
        {
            return Unknown;
        }

        string[] units = ["B", "kB", "MB", "GB", "TB"];
        var (scaled, unit) = ((decimal)known, 0);
        for (; scaled >= 1_000 && unit < units.Length - 1; unit++)
        {
            scaled /= 1_000;
        }

        return $"{Three(scaled)} {units[unit]}";
    }

    /// <summary>Up to a minute; none of the tests has a longer one.</summary>
    public static string Duration(long? us) => us switch
    {
        null => Unknown,
        < 1_000 => $"{Three(us.Value)} µs",
        < 999_500 => $"{Three(us.Value / 1_000m)} ms",
        < 59_950_000 => $"{Three(us.Value / 1_000_000m)} s",
        _ => throw new ArgumentOutOfRangeException(nameof(us)),
    };

    /// <summary>A number as a tile has it.</summary>
    public static string Compact(long value)
    {
        var size = (decimal)value;
        if (size < 10_000)
        {
            return Whole(value);
        }

        string[] units = ["", "K", "M", "B"];
        var unit = 0;
        for (; size >= 1_000 && unit < units.Length - 1; unit++)
        {
            size /= 1_000;
        }

        return Three(size) + units[unit];
    }

    /// <summary>A field of a call, as its page writes it.</summary>
    public static string Field(JsonProperty field) => field.Value.ValueKind switch
    {
        _ when field.Name.EndsWith("_nanos", StringComparison.Ordinal) => Exact(field.Value.GetInt64()),
        JsonValueKind.Number when field.Name.EndsWith("_us", StringComparison.Ordinal) => Duration(field.Value.GetInt64()),
        JsonValueKind.Number => Math.Round(field.Value.GetDecimal(), MidpointRounding.AwayFromZero).ToString("N0", Plain),
        JsonValueKind.True => "yes",
        JsonValueKind.False => "no",
        JsonValueKind.String when field.Value.GetString() is { Length: 0 } => "empty",
        _ => field.Value.GetString()!,
    };

    private static string Three(decimal value)
    {
        if (value == 0)
        {
            return "0";
        }

        var places = Places(Math.Abs(value), 3);
        var rounded = places >= 0
            ? Math.Round(value, places, MidpointRounding.AwayFromZero)
            : Math.Round(value / Power(-places), MidpointRounding.AwayFromZero) * Power(-places);
        return rounded.ToString("#,##0.#########", Plain);
    }

    private static string Trimmed(double value, int places) => Math.Round((decimal)value, places, MidpointRounding.AwayFromZero).ToString("0.##", Plain) + "%";

    private static int Places(decimal size, int digits) => digits - 1 - (int)Math.Floor(Math.Log10((double)size));

    private static decimal Power(int exponent) => (decimal)Math.Pow(10, exponent);
}
