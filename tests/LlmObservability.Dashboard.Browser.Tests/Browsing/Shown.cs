using System.Globalization;
using System.Text.Json;

namespace LlmObservability.Dashboard.Browser.Tests.Browsing;

/// <summary>How the pages write figures for a reader of en-US, worked out apart from them.</summary>
internal static class Shown
{
    public const string Unknown = "–";

    private static readonly CultureInfo Reader = CultureInfo.InvariantCulture;

    public static string Whole(long? value) => value is { } known ? known.ToString("N0", Reader) : Unknown;

    public static string Compact(double? value)
    {
        if (value is not { } number)
        {
            return Unknown;
        }

        if (number < 10_000)
        {
            return Fixed(number, number < 10 ? 2 : number < 1_000 ? 1 : 0);
        }

        string[] units = ["", "K", "M", "B", "T"];
        var (scaled, unit) = ((decimal)number, 0);
        while (Significant(scaled, 3) >= 1_000 && unit < units.Length - 1)
        {
            (scaled, unit) = (scaled / 1_000, unit + 1);
        }

        return Digits(scaled) + units[unit];
    }

    public static string Percent(double? share)
    {
        if (share is not { } part)
        {
            return Unknown;
        }

        if (part is > 0 and < 0.0001)
        {
            return "<0.01%";
        }

        return part is < 1 and >= 0.99
            ? Fixed(Math.Floor(part * 10_000) / 100, 2) + "%"
            : Fixed(part * 100, part < 0.01 ? 2 : part is < 0.1 or > 0.9 ? 1 : 0) + "%";
    }

    public static string Duration(double? microseconds)
    {
        if (microseconds is not { } us)
        {
            return Unknown;
        }

        if (us < 59_950_000)
        {
            return us < 1_000 ? Digits((decimal)us) + " µs" : us < 999_500 ? Digits((decimal)us / 1_000) + " ms" : Digits((decimal)us / 1_000_000) + " s";
        }

        var seconds = (long)Math.Floor((us / 1_000_000) + 0.5);
        var (large, largeUnit, small, smallUnit) = seconds < 3_600
            ? (seconds / 60, "min", seconds % 60, "s")
            : (seconds / 3_600, "h", seconds % 3_600 / 60, "min");
        return small == 0 ? $"{Whole(large)} {largeUnit}" : $"{Whole(large)} {largeUnit} {small} {smallUnit}";
    }

    /// <summary>Cents from a dollar on, else three significant digits.</summary>
    public static string Money(decimal? nanos) => Dollars(nanos / LlmCost.NanosPerUsd);

    /// <summary>As <see cref="Money"/>.</summary>
    public static string Dollars(decimal? dollars)
    {
        if (dollars is not { } amount)
        {
            return Unknown;
        }

        var (size, sign) = (Math.Abs(amount), Sign(amount));
        if (size == 0)
        {
            return "$0";
        }

        if (size >= 0.995m)
        {
            return sign + size.ToString("N2", Reader);
        }

        // At least two significant digits, and three at the most.
        var places = 2 - (int)Math.Floor(Math.Log10((double)size));
        return sign + Significant(size, 3).ToString("0." + new string('0', places - 2) + "0#", Reader);
    }

    /// <summary>Every digit.</summary>
    public static string Exact(decimal? nanos) =>
        nanos is { } known ? Sign(known) + Math.Abs(known / LlmCost.NanosPerUsd).ToString("0.#########", Reader) : Unknown;

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

        return $"{Digits(scaled)} {units[unit]}";
    }

    /// <summary>How a value moved against the period before; null where nothing is said.</summary>
    public static string? Moved(double? now, double? before)
    {
        if (now is not { } value || before is not { } last || last == 0)
        {
            return null;
        }

        var ratio = (value / last) - 1;
        if (Math.Abs(ratio) < 0.0005)
        {
            return "±0%";
        }

        return Math.Abs(ratio) >= 10
            ? "×" + Compact(value / last)
            : (ratio < 0 ? "-" : "+") + Fixed(Math.Abs(ratio) * 100, Math.Abs(ratio) < 0.1 ? 1 : 0) + "%";
    }

    /// <summary>A name of a model, a tag or a tool.</summary>
    public static string Name(string? text) => text is null ? "none" : text.Length == 0 ? "empty" : text;

    /// <summary>A field of a call, as its page writes it.</summary>
    public static string Field(JsonProperty field) => field.Value.ValueKind switch
    {
        _ when field.Name.EndsWith("_nanos", StringComparison.Ordinal) => Exact(field.Value.GetInt64()),
        JsonValueKind.Number when field.Name.EndsWith("_us", StringComparison.Ordinal) => Duration(field.Value.GetInt64()),
        JsonValueKind.Number => Math.Round(field.Value.GetDecimal(), MidpointRounding.AwayFromZero).ToString("N0", Reader),
        JsonValueKind.True => "yes",
        JsonValueKind.False => "no",
        JsonValueKind.String => Name(field.Value.GetString()),
        _ => field.Value.GetString()!,
    };

    private static string Sign(decimal amount) => amount < 0 ? "-$" : "$";

    private static string Digits(decimal value) => Significant(value, 3).ToString("#,##0.#########", Reader);

    private static string Fixed(double value, int digits) =>
        Math.Round((decimal)value, digits, MidpointRounding.AwayFromZero).ToString("#,##0." + new string('#', digits), Reader);

    private static decimal Significant(decimal value, int digits)
    {
        if (value == 0)
        {
            return 0;
        }

        var places = digits - 1 - (int)Math.Floor(Math.Log10((double)Math.Abs(value)));
        if (places >= 0)
        {
            return Math.Round(value, places, MidpointRounding.AwayFromZero);
        }

        var unit = (decimal)Math.Pow(10, -places);
        return Math.Round(value / unit, MidpointRounding.AwayFromZero) * unit;
    }
}
