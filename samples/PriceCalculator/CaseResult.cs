using System.Globalization;

namespace PriceCalculator;

/// <summary>What a case expects, or what it got.</summary>
/// <param name="Nanos">The cost in nano-dollars; null when it is not known.</param>
/// <param name="Reason">Why it is not known; null when it is, or when the case does not say.</param>
/// <param name="Entry">The entry that matched.</param>
internal sealed record CaseResult(long? Nanos, string? Reason, string? Entry)
{
    public string ToText(bool withEntry)
    {
        var cost = Nanos is { } nanos ? nanos.ToString(CultureInfo.InvariantCulture) : $"null ({Reason ?? "any reason"})";
        return withEntry ? $"{cost} by {Entry ?? "no entry"}" : cost;
    }
}
