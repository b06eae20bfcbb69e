using System.Text.Json;
using LlmObservability.Tags;
using Microsoft.Extensions.AI;

namespace LlmObservability.Calls;

/// <summary>
/// One of the terms on which a call was served, where an adapter hands it on among the additional properties of a response
/// or an update: what was asked for is not what is billed.
/// </summary>
/// <param name="keys">The names under which adapters hand it on, in snake case.</param>
/// <param name="standard">Words that mean the standard terms, which have no price of their own.</param>
/// <param name="known">Words that prices know; they are at hand, so no text is made for them.</param>
internal sealed class ReportedTerm(string[] keys, string[] standard, string[] known)
{
    /// <summary>The service tier.</summary>
    public static readonly ReportedTerm ServiceTier = new(
        ["service_tier", "serviceTier", "ServiceTier", "usage.service_tier"],
        ["default", "standard", "auto", "standard_only", "on_demand"],
        ["batch", "flex", "priority"]);

    /// <summary>Where the call was served.</summary>
    public static readonly ReportedTerm Geo = new(
        ["inference_geo", "usage.inference_geo"], ["global", "default", "not_available"], ["us", "eu"]);

    /// <summary>The speed that was bought.</summary>
    public static readonly ReportedTerm Speed = new(["speed", "usage.speed"], ["standard", "default"], ["fast"]);

    /// <summary>The term in lower case; empty where it is the standard one, null where nobody says.</summary>
    public string? Read(AdditionalPropertiesDictionary properties)
    {
        foreach (var key in keys)
        {
            if (properties.TryGetValue(key, out var value) && Text(value) is { Length: > 0 } term)
            {
                return Told(term);
            }
        }

        return null;
    }

    /// <summary>A term as somebody told it: empty for the standard one, null where nothing was told.</summary>
    public string? Told(string? term) => string.IsNullOrWhiteSpace(term) ? null : Canonical(term) ?? "";

    /// <summary>A term as it is kept and priced; null for the standard one.</summary>
    public string? Canonical(string? term)
    {
        if (string.IsNullOrWhiteSpace(term) || Find(standard, term) is not null)
        {
            return null;
        }

        return Find(known, term) ?? BoundedText.Clean(term)?.ToLowerInvariant();
    }

    private static string? Find(string[] words, string term)
    {
        foreach (var word in words)
        {
            if (term.Equals(word, StringComparison.OrdinalIgnoreCase))
            {
                return word;
            }
        }

        return null;
    }

    private static string? Text(object? value) => value switch
    {
        string text => text,
        JsonElement { ValueKind: JsonValueKind.String } json => json.GetString(),
        _ => null,
    };
}
