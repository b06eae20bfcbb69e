using System.Globalization;
using System.Text.Json;
using LlmObservability.Pricing;

namespace PriceCalculator;

/// <summary>Reads a file of price cases (schema <c>llm-price-cases/1</c>).</summary>
internal static class CaseFile
{
    private const string Schema = "llm-price-cases/1";

    /// <exception cref="CalculatorException">The file cannot be read, is not JSON, or has another schema or no cases.</exception>
    public static IReadOnlyList<PriceCase> Read(string path)
    {
        try
        {
            using var document = JsonDocument.Parse(File.ReadAllBytes(path));
            var root = document.RootElement;
            if (root.ValueKind != JsonValueKind.Object || !root.TryGetProperty("cases", out var cases)
                || cases.ValueKind != JsonValueKind.Array)
            {
                throw new CalculatorException($"{path} has no array 'cases'.");
            }

            if (root.TryGetProperty("schema", out var schema) && (schema.ValueKind != JsonValueKind.String || !schema.ValueEquals(Schema)))
            {
                throw new CalculatorException($"{path} has the schema {schema.GetRawText()}, not \"{Schema}\".");
            }

            return cases.GetArrayLength() == 0
                ? throw new CalculatorException($"{path} has no cases.")
                : [.. cases.EnumerateArray().Select(ReadCase)];
        }
        catch (JsonException exception)
        {
            throw new CalculatorException($"{path} is not JSON: {exception.Message}", exception);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new CalculatorException($"{path} cannot be read: {exception.Message}", exception);
        }
    }

    private static PriceCase ReadCase(JsonElement element, int index)
    {
        var id = string.Create(CultureInfo.InvariantCulture, $"case {index + 1}");
        try
        {
            if (element.ValueKind != JsonValueKind.Object)
            {
                return PriceCase.Unreadable(id, "something that is not an object");
            }

            id = Text(element, "id") ?? id;
            var usage = ReadUsage(element);
            var query = new PriceQuery
            {
                Provider = Text(element, "provider"),
                ResponseModel = Text(element, "model") ?? throw new CalculatorException("no 'model'"),
                At = ReadTime(element),
                Tokens = usage.ToTokens(),
                ServiceTier = Text(element, "service_tier"),
                Geo = Text(element, "geo"),
                Speed = Text(element, "speed"),
                WebSearches = (int)Math.Min(usage[InclusiveUsage.WebSearches], int.MaxValue),
            };
            var expected = new CaseResult(ReadNanos(element), Text(element, "null_reason"), Text(element, "matched"));
            return new PriceCase(id, query, expected, element.TryGetProperty("matched", out _), UnknownCounts(element), null);
        }
        catch (CalculatorException exception)
        {
            return PriceCase.Unreadable(id, exception.Message);
        }
    }

    private static string? UnknownCounts(JsonElement element)
    {
        var names = element.GetProperty("usage").EnumerateObject().Select(p => p.Name).Where(n => !InclusiveUsage.Names.Contains(n));
        return string.Join(", ", names) is { Length: > 0 } text ? text : null;
    }

    private static InclusiveUsage ReadUsage(JsonElement element)
    {
        var usage = new InclusiveUsage();
        if (!element.TryGetProperty("usage", out var counts) || counts.ValueKind != JsonValueKind.Object)
        {
            throw new CalculatorException("no object 'usage'");
        }

        foreach (var property in counts.EnumerateObject())
        {
            if (property.Value.ValueKind == JsonValueKind.Null || !InclusiveUsage.Names.Contains(property.Name))
            {
                continue;
            }

            usage[property.Name] = property.Value.ValueKind == JsonValueKind.Number && property.Value.TryGetInt64(out var count)
                && count is >= -InclusiveUsage.MaxCount and <= InclusiveUsage.MaxCount
                    ? count
                    : throw new CalculatorException($"a count '{property.Name}' that is not a whole number");
        }

        return usage;
    }

    private static DateTimeOffset ReadTime(JsonElement element)
    {
        return DateTimeOffset.TryParse(
            Text(element, "timestamp"), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var at)
                ? at
                : throw new CalculatorException("no time in 'timestamp'");
    }

    private static long? ReadNanos(JsonElement element)
    {
        if (!element.TryGetProperty("expected_nano_usd", out var nanos))
        {
            throw new CalculatorException("no 'expected_nano_usd'");
        }

        if (nanos.ValueKind == JsonValueKind.Null)
        {
            return null;
        }

        return nanos.ValueKind == JsonValueKind.Number && nanos.TryGetInt64(out var value)
            ? value
            : throw new CalculatorException("an 'expected_nano_usd' that is neither a whole number nor null");
    }

    private static string? Text(JsonElement element, string name)
    {
        if (!element.TryGetProperty(name, out var value) || value.ValueKind == JsonValueKind.Null)
        {
            return null;
        }

        return value.ValueKind == JsonValueKind.String
            ? value.GetString()
            : throw new CalculatorException($"a '{name}' that is not a text");
    }
}
