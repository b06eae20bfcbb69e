using System.Text.Json;

namespace PriceCalculator.Update.GenaiPrices;

/// <summary>Match clauses of genai-prices as the catalog's patterns, in lower case.</summary>
internal static class MatchClauses
{
    /// <summary>The patterns that match the very same names.</summary>
    /// <exception cref="EntryException">There are none.</exception>
    public static IReadOnlyList<string> ToPatterns(JsonElement clause)
    {
        var patterns = new List<string>();
        Add(clause, patterns);
        return [.. patterns.Distinct()];
    }

    /// <summary>The texts that a provider's clause asks for, each of which serves as one of its names.</summary>
    public static IEnumerable<string> ToNames(JsonElement clause)
    {
        if (clause.ValueKind != JsonValueKind.Object)
        {
            yield break;
        }

        foreach (var property in clause.EnumerateObject())
        {
            if (property.Name == "or" && property.Value.ValueKind == JsonValueKind.Array)
            {
                foreach (var name in property.Value.EnumerateArray().SelectMany(ToNames))
                {
                    yield return name;
                }
            }
            else if (property.Name is "equals" or "contains" or "starts_with" && IsLiteral(property.Value))
            {
                yield return property.Value.GetString()!.ToLowerInvariant();
            }
        }
    }

    private static void Add(JsonElement clause, List<string> patterns)
    {
        if (clause.ValueKind != JsonValueKind.Object || clause.EnumerateObject().Count() != 1)
        {
            throw EntryException.Bad($"its match is not a clause ({ExactNumber.Shown(clause)})");
        }

        var (name, value) = (clause.EnumerateObject().First().Name, clause.EnumerateObject().First().Value);
        if (name is "or" or "and" && value.ValueKind == JsonValueKind.Array && value.GetArrayLength() > 0)
        {
            // Two conditions on one name have no pattern, but where only one is given.
            if (name == "and" && value.GetArrayLength() > 1)
            {
                throw Inexpressible(clause);
            }

            foreach (var inner in value.EnumerateArray())
            {
                Add(inner, patterns);
            }

            return;
        }

        patterns.AddRange(Simple(name, value) ?? throw Inexpressible(clause));
    }

    private static IEnumerable<string>? Simple(string name, JsonElement value)
    {
        if (name == "regex" && value.ValueKind == JsonValueKind.String)
        {
            return RegexNames.Expand(value.GetString()!)?.Select(n => n.ToLowerInvariant());
        }

        if (!IsLiteral(value))
        {
            return null;
        }

        var text = value.GetString()!.ToLowerInvariant();
        return name switch
        {
            "equals" => [text],
            "starts_with" => [text + "*"],
            "ends_with" => ["*" + text],
            "contains" => ["*" + text + "*"],
            _ => null,
        };
    }

    private static bool IsLiteral(JsonElement value)
    {
        return value.ValueKind == JsonValueKind.String && value.GetString() is { Length: > 0 } text
            && !text.AsSpan().ContainsAny('*', '#') && text.Trim().Length == text.Length;
    }

    private static EntryException Inexpressible(JsonElement clause)
    {
        return EntryException.NoWord($"its match has no pattern in the catalog ({ExactNumber.Shown(clause)})");
    }
}
