using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using LlmObservability.Dashboard.Answers;
using LlmObservability.Dashboard.Problems;

namespace LlmObservability.Dashboard.OpenApi;

/// <summary>
/// The JSON schemas of answers, made from the same metadata by which they are written: what may be null is left out of the JSON, so
/// everything else is required, and there is nothing besides.
/// </summary>
internal sealed class SchemaSet
{
    /// <summary>Every whole number that a JSON reader keeps exactly is a number, what is beyond is a text.</summary>
    private const string Nanos = "Nanos";
    private const string ExactDecimal = "ExactDecimal";

    private readonly SortedDictionary<string, JsonObject> _schemas = new(StringComparer.Ordinal)
    {
        [Nanos] = new JsonObject
        {
            ["description"] = "Whole nano-dollars (10^-9 US dollars): a number up to 2^53 - 1, beyond that a text of digits.",
            ["anyOf"] = new JsonArray(
                new JsonObject { ["type"] = "integer", ["minimum"] = -Answers.Nanos.MaxSafe, ["maximum"] = Answers.Nanos.MaxSafe },
                new JsonObject { ["type"] = "string", ["pattern"] = "^-?[0-9]{16,19}$" }),
        },
        [ExactDecimal] = new JsonObject
        {
            ["description"] = "A decimal number as a text, exact; US dollars where the name ends in _usd.",
            ["type"] = "string",
            ["pattern"] = "^-?[0-9]+(\\.[0-9]+)?$",
        },
    };

    /// <summary>The schemas by name; complete once every type was asked for.</summary>
    public JsonObject ToComponents() => new(_schemas.Select(schema => KeyValuePair.Create(schema.Key, (JsonNode?)schema.Value.DeepClone())));

    /// <summary>The schema of a type: a reference where it has a name.</summary>
    public JsonObject Of(Type type) => Of(AnswerJson.Default.GetTypeInfo(type) ?? throw new NotSupportedException(type.Name));

    private JsonObject Of(JsonTypeInfo type)
    {
        if (Plain(type.Type) is { } plain)
        {
            return plain;
        }

        if (type.Kind == JsonTypeInfoKind.Enumerable)
        {
            var items = Of(type.Options.GetTypeInfo(type.ElementType!));
            return new JsonObject
            {
                ["type"] = "array",
                // An array, unlike the lists, holds missing values too.
                ["items"] = type.Type.IsArray ? new JsonObject { ["anyOf"] = new JsonArray(items, new JsonObject { ["type"] = "null" }) } : items,
            };
        }

        if (type.Kind == JsonTypeInfoKind.Dictionary)
        {
            return new JsonObject { ["type"] = "object", ["additionalProperties"] = Of(type.Options.GetTypeInfo(type.ElementType!)) };
        }

        var name = type.Type.Name.Replace("Answer", "", StringComparison.Ordinal);
        if (!_schemas.ContainsKey(name))
        {
            _schemas[name] = [];
            _schemas[name] = Object(type);
        }

        return Reference(name);
    }

    private JsonObject Object(JsonTypeInfo type)
    {
        var (properties, required) = (new JsonObject(), new JsonArray());
        foreach (var property in type.Properties)
        {
            var value = Nullable.GetUnderlyingType(property.PropertyType);
            properties[property.Name] = property.Name == "code" && type.Type == typeof(ProblemAnswer)
                ? new JsonObject { ["type"] = "string", ["enum"] = new JsonArray([.. ProblemCode.All.Select(code => (JsonNode)code)]) }
                : Of(type.Options.GetTypeInfo(value ?? property.PropertyType));
            if (value is null && (property.PropertyType.IsValueType || !property.IsGetNullable))
            {
                required.Add((JsonNode)property.Name);
            }
        }

        return new JsonObject
        {
            ["type"] = "object",
            ["properties"] = properties,
            ["required"] = required,
            ["additionalProperties"] = false,
        };
    }

    private static JsonObject Reference(string name) => new() { ["$ref"] = "#/components/schemas/" + name };

    private static JsonObject? Plain(Type type) => type switch
    {
        _ when type == typeof(string) => new() { ["type"] = "string" },
        _ when type == typeof(bool) => new() { ["type"] = "boolean" },
        _ when type == typeof(int) => new() { ["type"] = "integer", ["format"] = "int32" },
        _ when type == typeof(long) => new() { ["type"] = "integer", ["format"] = "int64" },
        _ when type == typeof(double) => new() { ["type"] = "number", ["format"] = "double" },
        _ when type == typeof(Guid) => new() { ["type"] = "string", ["format"] = "uuid" },
        _ when type == typeof(DateOnly) => new() { ["type"] = "string", ["format"] = "date" },
        _ when type == typeof(DateTimeOffset) => new() { ["type"] = "string", ["format"] = "date-time" },
        _ when type == typeof(Answers.Nanos) => Reference(Nanos),
        _ when type == typeof(Answers.ExactDecimal) => Reference(ExactDecimal),
        _ => null,
    };
}
