using System.Runtime.InteropServices;
using System.Text.Json;

namespace LlmObservability.StructuredOutput;

/// <summary>One schema while its keywords are read; some mean something only together.</summary>
internal sealed class SchemaDraft(SchemaCompiler compiler, SchemaNode node)
{
    private readonly List<(string Name, SchemaNode Schema)> _properties = [];
    private readonly List<string> _required = [];
    private SchemaNode? _itemsAfterTuple;
    private bool _hasTuple;
    private bool _isNullable;
    private bool _isMinimumExclusive;
    private bool _isMaximumExclusive;

    private ObjectRules Object => node.Object ??= new ObjectRules();

    private ArrayRules Array => node.Array ??= new ArrayRules();

    private StringRules String => node.String ??= new StringRules();

    private NumberRules Number => node.Number ??= new NumberRules();

    private CombinedSchemas Combined => node.Combined ??= new CombinedSchemas();

    internal void Read(string keyword, JsonElement value)
    {
        switch (keyword)
        {
            case "type":
                node.Types = Types(value);
                break;
            case "nullable":
                _isNullable = Flag(value);
                break;
            case "enum":
                node.Enum = Values(value);
                break;
            case "const":
                node.Const = value.Clone();
                break;
            case "$ref":
                Combined.Reference = value.ValueKind == JsonValueKind.String
                    ? compiler.Reference(JsonText.Read(value))
                    : compiler.Malformed("is not a text");
                break;
            case "allOf":
                Combined.All = compiler.Schemas(value);
                break;
            case "anyOf":
                Combined.Any = compiler.Schemas(value);
                break;
            case "oneOf":
                Combined.One = compiler.Schemas(value);
                break;
            case "not":
                Combined.Not = compiler.Schema(value);
                break;
            case "if" or "contains" or "propertyNames" or "dependentRequired" or "dependentSchemas" or "dependencies"
                or "unevaluatedItems" or "unevaluatedProperties" or "$dynamicRef" or "$recursiveRef":
                node.IsOpen = true;
                break;
            default:
                ReadObject(keyword, value);
                break;
        }
    }

    internal void Finish()
    {
        if (_isNullable && node.Types != JsonTypes.Any)
        {
            node.Types |= JsonTypes.Null;
        }

        if (_properties.Count + _required.Count > 0)
        {
            FinishNames();
        }

        if (_hasTuple)
        {
            Array.Items = _itemsAfterTuple;
        }

        // Draft 4 says with a flag that the bound itself is excluded.
        if (_isMinimumExclusive)
        {
            (Number.ExclusiveMinimum, Number.Minimum) = (Number.Minimum, null);
        }

        if (_isMaximumExclusive)
        {
            (Number.ExclusiveMaximum, Number.Maximum) = (Number.Maximum, null);
        }
    }

    private void ReadObject(string keyword, JsonElement value)
    {
        switch (keyword)
        {
            case "properties":
                _properties.AddRange(Named(value));
                break;
            case "required":
                ReadRequired(value);
                break;
            case "additionalProperties":
                Object.Additional = compiler.Schema(value);
                break;
            case "patternProperties":
                Object.Patterns = [.. Named(value).Select(p => (new EcmaPattern(p.Name), p.Schema))];
                break;
            case "minProperties":
                Object.MinProperties = Count(value);
                break;
            case "maxProperties":
                Object.MaxProperties = Count(value);
                break;
            default:
                ReadArray(keyword, value);
                break;
        }
    }

    private void ReadArray(string keyword, JsonElement value)
    {
        switch (keyword)
        {
            case "prefixItems":
                Array.First = compiler.Schemas(value);
                break;
            case "items" when value.ValueKind == JsonValueKind.Array:
                // The form of drafts before 2020-12.
                _hasTuple = true;
                Array.First = compiler.Schemas(value);
                break;
            case "items":
                Array.Items = compiler.Schema(value);
                break;
            case "additionalItems":
                _itemsAfterTuple = compiler.Schema(value);
                break;
            case "minItems":
                Array.MinItems = Count(value);
                break;
            case "maxItems":
                Array.MaxItems = Count(value);
                break;
            case "uniqueItems":
                Array.UniqueItems = Flag(value);
                break;
            default:
                ReadScalar(keyword, value);
                break;
        }
    }

    private void ReadScalar(string keyword, JsonElement value)
    {
        switch (keyword)
        {
            case "minLength":
                String.MinLength = Count(value);
                break;
            case "maxLength":
                String.MaxLength = Count(value);
                break;
            case "pattern":
                ReadPattern(value);
                break;
            case "minimum":
                Number.Minimum = Bound(value);
                break;
            case "maximum":
                Number.Maximum = Bound(value);
                break;
            case "exclusiveMinimum" when value.ValueKind is JsonValueKind.True or JsonValueKind.False:
                _isMinimumExclusive = Flag(value);
                break;
            case "exclusiveMinimum":
                Number.ExclusiveMinimum = Bound(value);
                break;
            case "exclusiveMaximum" when value.ValueKind is JsonValueKind.True or JsonValueKind.False:
                _isMaximumExclusive = Flag(value);
                break;
            case "exclusiveMaximum":
                Number.ExclusiveMaximum = Bound(value);
                break;
            case "multipleOf":
                Number.MultipleOf = Bound(value);
                if (Number.MultipleOf is { } divisor && new ExactNumber(divisor).Sign <= 0)
                {
                    compiler.Malformed("is not above 0");
                }

                break;
            default:
                // Annotations, definitions that nobody refers to, and what a later draft or a vendor added.
                break;
        }
    }

    private void FinishNames()
    {
        var names = new PropertyTable(_properties.Select(p => p.Name).Concat(_required));
        var schemas = new SchemaNode?[names.Count];
        foreach (var (name, schema) in _properties)
        {
            schemas[names.PlaceOf(name)] = schema;
        }

        Object.Names = names;
        Object.Properties = schemas;
        Object.Required = [.. _required.Distinct(StringComparer.Ordinal).Select(names.PlaceOf)];
    }

    private JsonTypes Types(JsonElement value)
    {
        var types = JsonTypes.Any;
        IEnumerable<JsonElement> words = value.ValueKind == JsonValueKind.Array ? value.EnumerateArray() : [value];
        foreach (var word in words)
        {
            var type = word.ValueKind == JsonValueKind.String ? JsonTypeNames.Parse(JsonText.Read(word)) : JsonTypes.Any;
            types |= type;
            if (type == JsonTypes.Any)
            {
                compiler.Malformed("is not a type of JSON Schema");
            }
        }

        if (types == JsonTypes.Any)
        {
            compiler.Malformed("names no type");
        }

        return types;
    }

    private JsonElement[] Values(JsonElement value)
    {
        if (value.ValueKind != JsonValueKind.Array)
        {
            compiler.Malformed("is not a list of values");
            return [];
        }

        return compiler.Take(value.GetArrayLength()) ? [.. value.Clone().EnumerateArray()] : [];
    }

    private List<(string Name, SchemaNode Schema)> Named(JsonElement value)
    {
        List<(string Name, SchemaNode Schema)> named = [];
        if (value.ValueKind != JsonValueKind.Object)
        {
            compiler.Malformed("is not an object of schemas");
            return named;
        }

        foreach (var property in value.EnumerateObject())
        {
            if (!compiler.Take(1))
            {
                break;
            }

            var name = JsonText.Read(JsonMarshal.GetRawUtf8PropertyName(property));
            named.Add((name, compiler.Schema(property.Value, name)));
        }

        return named;
    }

    private void ReadRequired(JsonElement value)
    {
        if (value.ValueKind != JsonValueKind.Array || value.EnumerateArray().Any(n => n.ValueKind != JsonValueKind.String))
        {
            compiler.Malformed("is not a list of names");
        }
        else if (compiler.Take(value.GetArrayLength()))
        {
            _required.AddRange(value.EnumerateArray().Select(JsonText.Read));
        }
    }

    private void ReadPattern(JsonElement value)
    {
        if (value.ValueKind != JsonValueKind.String)
        {
            compiler.Malformed("is not a text");
            return;
        }

        String.Pattern = new EcmaPattern(JsonText.Read(value));
    }

    private int Count(JsonElement value)
    {
        if (Bound(value) is not { } text)
        {
            return 0;
        }

        var number = new ExactNumber(text);
        if (number.Sign < 0 || !number.IsWhole)
        {
            compiler.Malformed("is not a count");
            return 0;
        }

        return number.ToCount();
    }

    private byte[]? Bound(JsonElement value)
    {
        if (value.ValueKind == JsonValueKind.Number)
        {
            return JsonMarshal.GetRawUtf8Value(value).ToArray();
        }

        compiler.Malformed("is not a number");
        return null;
    }

    private bool Flag(JsonElement value)
    {
        if (value.ValueKind is not (JsonValueKind.True or JsonValueKind.False))
        {
            compiler.Malformed("is not a boolean");
        }

        return value.ValueKind == JsonValueKind.True;
    }
}
