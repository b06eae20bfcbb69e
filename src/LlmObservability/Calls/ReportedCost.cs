using System.Globalization;
using System.Text.Json;
using Microsoft.Extensions.AI;

namespace LlmObservability.Calls;

/// <summary>
/// The cost that a provider itself reports (OpenRouter's <c>usage.cost</c>, in US dollars), where an adapter hands it on among
/// the additional properties of a response or an update.
/// </summary>
internal static class ReportedCost
{
    private static readonly string[] Keys = ["usage.cost", "gen_ai.usage.cost"];

    // Nobody is billed a million dollars for a call; what is above is a mistake of units.
    private const decimal Most = 1_000_000;

    /// <summary>Nano-dollars, rounded half-even; null where nothing is reported, or nothing that can be a cost.</summary>
    public static long? Read(AdditionalPropertiesDictionary? properties)
    {
        if (properties is not { Count: > 0 })
        {
            return null;
        }

        foreach (var key in Keys)
        {
            if (properties.TryGetValue(key, out var value) && Nanos(Usd(value)) is { } nanos)
            {
                return nanos;
            }
        }

        return null;
    }

    /// <summary>US dollars in nano-dollars, rounded half-even; null for what cannot be a cost.</summary>
    public static long? Nanos(decimal? usd) =>
        usd is >= 0 and <= Most and var cost ? (long)decimal.Round(cost * LlmCost.NanosPerUsd, 0, MidpointRounding.ToEven) : null;

    // A number is taken as it is written; a double as the shortest decimal that means it.
    private static decimal? Usd(object? value) => value switch
    {
        decimal exact => exact,
        int whole => whole,
        long whole => whole,
        double number when double.IsFinite(number) => Parse(number.ToString("R", CultureInfo.InvariantCulture)),
        float number when float.IsFinite(number) => Parse(number.ToString("R", CultureInfo.InvariantCulture)),
        string text => Parse(text),
        JsonElement { ValueKind: JsonValueKind.Number } json when json.TryGetDecimal(out var exact) => exact,
        _ => null,
    };

    private static decimal? Parse(string text) =>
        decimal.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) ? value : null;
}
