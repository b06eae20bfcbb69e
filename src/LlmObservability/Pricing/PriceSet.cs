using System.Globalization;

namespace LlmObservability.Pricing;

/// <summary>The prices of a model in a period: from a date, within hours of the day, on some days. All in UTC.</summary>
internal sealed class PriceSet
{
    private static readonly string[] DayNames = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

    /// <summary>First day; null for always.</summary>
    internal DateTime? From { get; init; }

    /// <summary>Windows of the day, start inclusive and end exclusive; one that ends before it starts runs over midnight.</summary>
    internal (TimeSpan Start, TimeSpan End)[] Hours { get; init; } = [];

    /// <summary>Bit n: the day of week n (Sunday = 0); 0 for every day.</summary>
    internal int Days { get; init; }

    internal required PriceVariant Standard { get; init; }

    internal PriceVariant? Batch { get; init; }

    internal PriceVariant? Flex { get; init; }

    internal PriceVariant? Priority { get; init; }

    internal bool IsActive(DateTime utc)
    {
        return !(utc < From) && (Days == 0 || (Days & (1 << (int)utc.DayOfWeek)) != 0)
            && (Hours.Length == 0 || IsWithin(utc.TimeOfDay));
    }

    /// <summary>The service tier's rates; the standard ones where the tier is none of the three, or has no prices here.</summary>
    internal PriceVariant Select(string? serviceTier)
    {
        var variant = serviceTier?.Length switch
        {
            4 when serviceTier.Equals("flex", StringComparison.OrdinalIgnoreCase) => Flex,
            5 when serviceTier.Equals("batch", StringComparison.OrdinalIgnoreCase) => Batch,
            8 when serviceTier.Equals("priority", StringComparison.OrdinalIgnoreCase) => Priority,
            _ => null,
        };
        return variant ?? Standard;
    }

    /// <summary>The service tier whose rates these are: <c>standard</c>, <c>batch</c>, <c>flex</c> or <c>priority</c>.</summary>
    internal string NameOf(PriceVariant variant)
    {
        return variant == Standard ? "standard" : variant == Batch ? "batch" : variant == Flex ? "flex" : "priority";
    }

    /// <summary>When the set holds, in words: <c>always</c>, or <c>from 2026-08-01, 00:30-16:30 UTC, mon tue</c>.</summary>
    internal string Describe()
    {
        var words = new List<string>(3);
        if (From is { } from)
        {
            words.Add(string.Create(CultureInfo.InvariantCulture, $"from {from:yyyy-MM-dd}"));
        }

        if (Hours.Length > 0)
        {
            words.Add(string.Join(" ", Hours.Select(h => $"{Clock(h.Start)}-{Clock(h.End)}")) + " UTC");
        }

        if (Days != 0)
        {
            words.Add(string.Join(" ", DayNames.Where((_, day) => (Days & (1 << day)) != 0)));
        }

        return words.Count == 0 ? "always" : string.Join(", ", words);
    }

    private static string Clock(TimeSpan time) => string.Create(CultureInfo.InvariantCulture, $"{(int)time.TotalHours:00}:{time.Minutes:00}");

    private bool IsWithin(TimeSpan time)
    {
        foreach (var (start, end) in Hours)
        {
            if (start <= end ? time >= start && time < end : time >= start || time < end)
            {
                return true;
            }
        }

        return false;
    }
}
