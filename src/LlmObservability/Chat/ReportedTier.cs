using System.Text.Json;
using Microsoft.Extensions.AI;

namespace LlmObservability.Chat;

/// <summary>
/// The service tier that served a call, where an adapter hands it on among the additional properties of a response or an
/// update: what was asked for is not what is billed.
/// </summary>
internal static class ReportedTier
{
    private static readonly string[] Keys = ["service_tier", "serviceTier", "ServiceTier", "usage.service_tier"];

    /// <summary>The tier in lower case; null where it is the standard one, or nobody says.</summary>
    public static string? Read(AdditionalPropertiesDictionary properties)
    {
        foreach (var key in Keys)
        {
            if (properties.TryGetValue(key, out var value) && Text(value) is { Length: > 0 } tier)
            {
                return Canonical(tier);
            }
        }

        return null;
    }

    // The usual words are at hand: no text is made for them.
    private static string? Canonical(string tier)
    {
        foreach (var standard in (ReadOnlySpan<string>)["default", "standard", "auto", "standard_only", "on_demand"])
        {
            if (tier.Equals(standard, StringComparison.OrdinalIgnoreCase))
            {
                return null;
            }
        }

        foreach (var known in (ReadOnlySpan<string>)["batch", "flex", "priority"])
        {
            if (tier.Equals(known, StringComparison.OrdinalIgnoreCase))
            {
                return known;
            }
        }

        return Tags.BoundedText.Clean(tier)?.ToLowerInvariant();
    }

    private static string? Text(object? value) => value switch
    {
        string text => text,
        JsonElement { ValueKind: JsonValueKind.String } json => json.GetString(),
        _ => null,
    };
}
