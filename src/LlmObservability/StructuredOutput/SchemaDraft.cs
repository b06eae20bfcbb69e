using System.Text.Json;

namespace LlmObservability.StructuredOutput;

/// <summary>One schema while its keywords are read; some mean something only together.</summary>
internal sealed class SchemaDraft(SchemaCompiler compiler, SchemaNode node)
{
    private readonly KeywordValues _values = new(compiler);
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
                node.Types = _values.Types(value);
                break;
            case "nullable":
                _isNullable = _values.Flag(value);
                break;
            case "enum":
                node.Enum = _values.Values(value);
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
                _properties.AddRange(_values.Named(value));
                break;
            case "required":
                _required.AddRange(_values.Texts(value));
                break;
            case "additionalProperties":
                Object.Additional = compiler.Schema(value);
                break;
            case "patternProperties":
                Object.Patterns = _values.Patterns(value);
                break;
            case "minProperties":
                Object.MinProperties = _values.Count(value);
                break;
            case "maxProperties":
                Object.MaxProperties = _values.Count(value);
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
                Array.MinItems = _values.Count(value);
                break;
            case "maxItems":
                Array.MaxItems = _values.Count(value);
                break;
            case "uniqueItems":
                Array.UniqueItems = _values.Flag(value);
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
                String.MinLength = _values.Count(value);
                break;
            case "maxLength":
                String.MaxLength = _values.Count(value);
                break;
            case "pattern":
                String.Pattern = _values.Pattern(value);
                break;
            case "minimum":
                Number.Minimum = _values.Bound(value);
                break;
            case "maximum":
                Number.Maximum = _values.Bound(value);
                break;
            case "exclusiveMinimum" when value.ValueKind is JsonValueKind.True or JsonValueKind.False:
                _isMinimumExclusive = _values.Flag(value);
                break;
            case "exclusiveMinimum":
                Number.ExclusiveMinimum = _values.Bound(value);
                break;
            case "exclusiveMaximum" when value.ValueKind is JsonValueKind.True or JsonValueKind.False:
                _isMaximumExclusive = _values.Flag(value);
                break;
            case "exclusiveMaximum":
                Number.ExclusiveMaximum = _values.Bound(value);
                break;
            case "multipleOf":
                Number.MultipleOf = _values.Bound(value);
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
}
