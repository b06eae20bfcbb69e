using System.Text.Json;

namespace LlmObservability.StructuredOutput;

/// <summary>The schemas that one schema applies to its own value.</summary>
internal sealed class CombinedSchemas
{
    private const int MaxReferences = 8;

    internal SchemaNode? Reference { get; set; }

    internal SchemaNode[] All { get; set; } = [];

    internal SchemaNode[]? Any { get; set; }

    internal SchemaNode[]? One { get; set; }

    internal SchemaNode? Not { get; set; }

    internal Finding Check(JsonElement value, Validation validation)
    {
        var finding = Reference?.Check(value, validation) ?? Finding.Matches;
        foreach (var schema in All)
        {
            if (validation.IsOver)
            {
                return finding;
            }

            finding = SchemaNode.Worse(finding, schema.Check(value, validation));
        }

        finding = Any is null ? finding : SchemaNode.Worse(finding, CheckAny(Any, value, validation));
        finding = One is null ? finding : SchemaNode.Worse(finding, CheckOne(One, value, validation));
        return Not is null ? finding : SchemaNode.Worse(finding, CheckNot(Not, value, validation));
    }

    private static Finding CheckAny(SchemaNode[] schemas, JsonElement value, Validation validation)
    {
        var isOpen = false;
        foreach (var schema in schemas)
        {
            var finding = Try(schema, value, validation);
            if (finding == Finding.Matches || validation.IsOver)
            {
                return finding;
            }

            isOpen |= finding == Finding.Open;
        }

        return isOpen ? Finding.Open : FailNone("anyOf", schemas, value, validation);
    }

    private static Finding CheckOne(SchemaNode[] schemas, JsonElement value, Validation validation)
    {
        int matching = 0, open = 0;
        foreach (var schema in schemas)
        {
            var finding = Try(schema, value, validation);
            matching += finding == Finding.Matches ? 1 : 0;
            open += finding == Finding.Open ? 1 : 0;
            if (validation.IsOver)
            {
                return finding;
            }

            if (matching > 1)
            {
                return validation.Fail("oneOf", "matches more than one of the {} schemas", schemas.Length);
            }
        }

        return open > 0 ? Finding.Open
            : matching == 1 ? Finding.Matches
            : FailNone("oneOf", schemas, value, validation);
    }

    private static Finding CheckNot(SchemaNode schema, JsonElement value, Validation validation) => Try(schema, value, validation) switch
    {
        Finding.Matches => validation.Fail("not", "matches the schema that it must not match"),
        Finding.Fails => Finding.Matches,
        _ => Finding.Open,
    };

    private static Finding Try(SchemaNode schema, JsonElement value, Validation validation)
    {
        validation.BeginTrial();
        var finding = schema.Check(value, validation);
        validation.EndTrial();
        return finding;
    }

    // "Matches none" is of little help for the usual pair of a schema and null: where one schema alone admits the value's
    // type, what fails in it is told instead.
    private static Finding FailNone(string keyword, SchemaNode[] schemas, JsonElement value, Validation validation)
    {
        if (validation.IsCollecting && Array.FindAll(schemas, s => TypesOf(s).Admits(value)) is [var likely])
        {
            var before = validation.Mismatches.Count;
            likely.Check(value, validation);
            if (validation.Mismatches.Count > before)
            {
                return Finding.Fails;
            }
        }

        return validation.Fail(keyword, "matches none of the {} schemas", schemas.Length);
    }

    private static JsonTypes TypesOf(SchemaNode schema)
    {
        for (var i = 0; i < MaxReferences && schema is { Types: JsonTypes.Any, Combined.Reference: { } target }; i++)
        {
            schema = target;
        }

        return schema.Types;
    }
}
