using System.Text.Json;
using System.Text.RegularExpressions;

namespace PriceCalculator.Update.GenaiPrices;

/// <summary>Providers of genai-prices in the catalog's terms; what has no words there is left out of a provider, never guessed.</summary>
internal static partial class GenaiProviders
{
    private static readonly Dictionary<string, string> Ids = new(StringComparer.OrdinalIgnoreCase)
    {
        ["aws"] = "aws-bedrock",
        ["azure"] = "azure-openai",
        ["moonshotai"] = "moonshot",
        ["voyageai"] = "voyage",
        ["x-ai"] = "xai",
    };

    /// <summary>What the catalog calls a provider.</summary>
    public static string Id(string id) => Ids.GetValueOrDefault(id) ?? id.ToLowerInvariant();

    public static UpstreamProvider Read(string id, JsonElement element)
    {
        IEnumerable<string> names = element.TryGetProperty("provider_match", out var match) ? MatchClauses.ToNames(match) : [];
        return new UpstreamProvider(Id(id), [.. names.Prepend(id.ToLowerInvariant()).Prepend(Id(id)).Distinct()], Hosts(element), Infer(element))
        {
            Fallback = element.TryGetProperty("fallback_model_providers", out var fallback) && fallback.ValueKind == JsonValueKind.Array
                ? [.. fallback.EnumerateArray().Where(f => f.ValueKind == JsonValueKind.String).Select(f => Id(f.GetString()!))]
                : [],
        };
    }

    // An address with a path is one of several providers' behind the same host, so the host alone tells nothing.
    private static IReadOnlyList<string> Hosts(JsonElement element)
    {
        if (!element.TryGetProperty("api_pattern", out var pattern) || pattern.ValueKind != JsonValueKind.String)
        {
            return [];
        }

        var host = End().Replace(Scheme().Replace(pattern.GetString()!, ""), "");
        return RegexNames.Expand($"^{host}$") is { } hosts && hosts.All(h => HostName().IsMatch(h)) ? hosts : [];
    }

    private static IReadOnlyList<string> Infer(JsonElement element)
    {
        try
        {
            return element.TryGetProperty("model_match", out var match) ? MatchClauses.ToPatterns(match) : [];
        }
        catch (EntryException)
        {
            return [];
        }
    }

    [GeneratedRegex(@"^\^?(https?://|https\?://|\(https\?://\)\?)", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture)]
    private static partial Regex Scheme();

    [GeneratedRegex(@"(\((\?:)?/\|\$\)|/)$", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture)]
    private static partial Regex End();

    [GeneratedRegex("^[a-z0-9-]+([.][a-z0-9-]+)+$", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture)]
    private static partial Regex HostName();
}
