using System.Text.Json.Nodes;
using LlmObservability.Queries;

namespace LlmObservability.Dashboard.Parameters;

/// <summary>
/// How the description tells of a filter: one parameter whose properties are parameters of the query string (style <c>form</c>,
/// exploded), made from the same fields and operators that are read.
/// </summary>
internal static class FilterSchema
{
    public static JsonObject Create()
    {
        var properties = new JsonObject
        {
            [FilterParameters.From.Name] = Described(FilterParameters.From.Schema(), FilterParameters.From.Description),
            [FilterParameters.To.Name] = Described(FilterParameters.To.Schema(), FilterParameters.To.Description),
            [FilterParameters.Missing] = Described(Fields(), "The field has no value. May stand more than once."),
            [FilterParameters.Present] = Described(Fields(), "The field has a value. May stand more than once."),
        };
        var patterns = new JsonObject { [Pattern("")] = Values(LlmOperator.In, LlmFieldType.Text) };
        foreach (var field in LlmField.All)
        {
            properties[field.Name] = Values(LlmOperator.In, field.Type);
        }

        foreach (var (prefix, op, _) in FilterParameters.Prefixes)
        {
            foreach (var field in LlmField.All.Where(field => FilterParameters.Fits(op, field.Type)))
            {
                properties[prefix + field.Name] = Values(op, field.Type);
            }

            if (FilterParameters.Fits(op, LlmFieldType.Text))
            {
                patterns[Pattern(prefix)] = Values(op, LlmFieldType.Text);
            }
        }

        return new JsonObject
        {
            ["type"] = "object",
            ["properties"] = properties,
            ["patternProperties"] = patterns,
            ["additionalProperties"] = false,
        };
    }

    private static string Pattern(string prefix) => "^" + prefix.Replace(".", "\\.", StringComparison.Ordinal) + FieldNames.TagPattern[1..];

    private static JsonObject Fields() => new()
    {
        ["type"] = "array",
        ["items"] = FieldNames.Schema(_ => true, takesTags: true),
        ["maxItems"] = LlmQueryValidator.MaxConditions,
    };

    private static JsonObject Values(LlmOperator op, LlmFieldType type)
    {
        var value = type switch
        {
            LlmFieldType.Integer => new JsonObject { ["type"] = "integer" },
            LlmFieldType.Number => new JsonObject { ["type"] = "number" },
            LlmFieldType.Boolean => new JsonObject { ["type"] = "boolean" },
            LlmFieldType.Time => new JsonObject { ["type"] = "string", ["format"] = "date-time" },
            LlmFieldType.Id => new JsonObject { ["type"] = "string", ["format"] = "uuid" },
            _ => new JsonObject { ["type"] = "string" },
        };
        var most = op is LlmOperator.In or LlmOperator.NotIn ? LlmQueryValidator.MaxValues : LlmQueryValidator.MaxConditions;
        return new JsonObject { ["type"] = "array", ["items"] = value, ["maxItems"] = most };
    }

    private static JsonObject Described(JsonObject schema, string description)
    {
        schema["description"] = description;
        return schema;
    }
}
