using System.Globalization;

namespace LlmObservability.Dashboard.Browser.Tests.Browsing;

/// <summary>How the pages show a number in en-US, written without the code under test.</summary>
internal static class ShownText
{
    private const string Unknown = "–";

    private static readonly CultureInfo Reader = CultureInfo.InvariantCulture;

    public static string Count(long? value) => value is { } known ? known.ToString("N0", Reader) : Unknown;

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

        return Significant(scaled, 3).ToString("#,##0.###", Reader) + units[unit];
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

        string Digits(double value) => Significant((decimal)value, 3).ToString("#,##0.###", Reader);
        if (us < 59_950_000)
        {
            return us < 1_000 ? Digits(us) + " µs" : us < 999_500 ? Digits(us / 1_000) + " ms" : Digits(us / 1_000_000) + " s";
        }

        var seconds = (long)Math.Floor((us / 1_000_000) + 0.5);
        var (large, largeUnit, small, smallUnit) = seconds < 3_600
            ? (seconds / 60, "min", seconds % 60, "s")
            : (seconds / 3_600, "h", seconds % 3_600 / 60, "min");
        return small == 0 ? $"{Count(large)} {largeUnit}" : $"{Count(large)} {largeUnit} {small} {smallUnit}";
    }

    public static string Money(decimal? dollars)
    {
        if (dollars is not { } amount)
        {
            return Unknown;
        }

        if (amount == 0)
        {
            return "$0";
        }

        if (amount >= 0.995m)
        {
            return "$" + amount.ToString("N2", Reader);
        }

        // At least two significant digits, and three at the most.
        var places = 2 - (int)Math.Floor(Math.Log10((double)amount));
        return "$" + Significant(amount, 3).ToString("0." + new string('0', places - 2) + "0#", Reader);
    }

    /// <summary>Every digit.</summary>
    public static string MoneyExact(decimal dollars) => "$" + dollars.ToString("0.#########", Reader);

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
