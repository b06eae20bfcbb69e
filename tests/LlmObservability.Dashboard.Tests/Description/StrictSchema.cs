using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace LlmObservability.Dashboard.Tests.Description;

/// <summary>
/// Validates JSON by the few words of JSON Schema 2020-12 that the description uses. A word that it does not know is an error, so that
/// no schema says what nobody checks; so is an object that says nothing of further members.
/// </summary>
public static class StrictSchema
{
    public static IReadOnlyList<string> Errors(JsonObject schema, JsonObject named, JsonElement value)
    {
        var errors = new List<string>();
        Check(schema, named, value, "$", errors);
        return errors;
    }

    private static void Check(JsonObject schema, JsonObject named, JsonElement value, string at, List<string> errors)
    {
        foreach (var (word, said) in schema)
        {
            switch (word)
            {
                case "description" or "default" or "properties" or "patternProperties":
                    break;
                case "$ref":
                    Check(named[said!.GetValue<string>()["#/components/schemas/".Length..]]!.AsObject(), named, value, at, errors);
                    break;
                case "anyOf":
                    if (!said!.AsArray().Any(one => Errors(one!.AsObject(), named, value).Count == 0))
                    {
                        errors.Add($"{at}: {value} fits none of {said.ToJsonString()}");
                    }

                    break;
                case "type":
                    Require(IsOf(said!.GetValue<string>(), value), $"is not of type {said}");
                    break;
                case "enum":
                    Require(said!.AsArray().Any(one => one!.GetValue<string>() == Text()), "is none of the words");
                    break;
                case "pattern":
                    Require(Regex.IsMatch(Text(), said!.GetValue<string>(), RegexOptions.ECMAScript), $"does not match {said}");
                    break;
                case "format":
                    Require(IsFormatted(said!.GetValue<string>(), value), $"is no {said}");
                    break;
                case "minimum":
                    Require(value.ValueKind != JsonValueKind.Number || value.GetDecimal() >= said!.GetValue<decimal>(), $"is below {said}");
                    break;
                case "maximum":
                    Require(value.ValueKind != JsonValueKind.Number || value.GetDecimal() <= said!.GetValue<decimal>(), $"is above {said}");
                    break;
                case "items":
                    var index = 0;
                    foreach (var item in value.ValueKind == JsonValueKind.Array ? [.. value.EnumerateArray()] : Array.Empty<JsonElement>())
                    {
                        Check(said!.AsObject(), named, item, $"{at}[{index++}]", errors);
                    }

                    break;
                case "required":
                    foreach (var name in said!.AsArray())
                    {
                        Require(value.ValueKind == JsonValueKind.Object && value.TryGetProperty(name!.GetValue<string>(), out _), $"lacks {name}");
                    }

                    break;
                case "additionalProperties":
                    CheckMembers(schema, named, value, at, errors);
                    break;
                default:
                    errors.Add($"{at}: the schema says '{word}', which nobody checks");
                    break;
            }
        }

        string Text() => value.ValueKind == JsonValueKind.String ? value.GetString()! : "";

        void Require(bool met, string what)
        {
            if (!met)
            {
                errors.Add($"{at}: {value} {what}");
            }
        }
    }

    private static void CheckMembers(JsonObject schema, JsonObject named, JsonElement value, string at, List<string> errors)
    {
        if (value.ValueKind != JsonValueKind.Object)
        {
            return;
        }

        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var member in value.EnumerateObject())
        {
            if (!seen.Add(member.Name))
            {
                errors.Add($"{at}: '{member.Name}' stands twice");
            }

            if (schema["properties"]?[member.Name] is { } property)
            {
                Check(property.AsObject(), named, member.Value, $"{at}.{member.Name}", errors);
            }
            else if (schema["additionalProperties"] is JsonObject others)
            {
                Check(others, named, member.Value, $"{at}.{member.Name}", errors);
            }
            else
            {
                errors.Add($"{at}: '{member.Name}' is not described");
            }
        }
    }

    private static bool IsOf(string type, JsonElement value) => type switch
    {
        "object" => value.ValueKind == JsonValueKind.Object,
        "array" => value.ValueKind == JsonValueKind.Array,
        "string" => value.ValueKind == JsonValueKind.String,
        "boolean" => value.ValueKind is JsonValueKind.True or JsonValueKind.False,
        "null" => value.ValueKind == JsonValueKind.Null,
        "number" => value.ValueKind == JsonValueKind.Number,
        "integer" => value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out _),
        _ => false,
    };

    private static bool IsFormatted(string format, JsonElement value) => format switch
    {
        // Stricter than RFC 3339: this API writes UTC with six decimals.
        "date-time" => DateTime.TryParseExact(value.GetString(), "yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'", CultureInfo.InvariantCulture, DateTimeStyles.None, out _),
        "date" => DateOnly.TryParseExact(value.GetString(), "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out _),
        "uuid" => Guid.TryParseExact(value.GetString(), "D", out _),
        "int32" => value.TryGetInt32(out _),
        "int64" => value.TryGetInt64(out _),
        "double" => value.TryGetDouble(out var number) && double.IsFinite(number),
        _ => false,
    };
}
