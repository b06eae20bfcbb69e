using System.Runtime.InteropServices;
using System.Text.Json;

namespace LlmObservability.StructuredOutput;

/// <summary>The forms that keywords' values have; a value of another form makes the schema malformed.</summary>
internal sealed class KeywordValues(SchemaCompiler compiler)
{
    internal JsonTypes Types(JsonElement value)
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

    internal JsonElement[] Values(JsonElement value)
    {
        if (value.ValueKind != JsonValueKind.Array)
        {
            compiler.Malformed("is not a list of values");
            return [];
        }

        return compiler.Take(value.GetArrayLength()) ? [.. value.Clone().EnumerateArray()] : [];
    }

    /// <summary>Schemas by name.</summary>
    internal List<(string Name, SchemaNode Schema)> Named(JsonElement value)
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

    internal IEnumerable<string> Texts(JsonElement value)
    {
        if (value.ValueKind != JsonValueKind.Array || value.EnumerateArray().Any(n => n.ValueKind != JsonValueKind.String))
        {
            compiler.Malformed("is not a list of names");
            return [];
        }

        return compiler.Take(value.GetArrayLength()) ? value.EnumerateArray().Select(JsonText.Read) : [];
    }

    internal EcmaPattern? Pattern(JsonElement value)
    {
        if (value.ValueKind == JsonValueKind.String)
        {
            return compiler.Pattern(JsonText.Read(value));
        }

        compiler.Malformed("is not a text");
        return null;
    }

    /// <summary>Schemas by the patterns of the names that they are for.</summary>
    internal (EcmaPattern Pattern, SchemaNode Schema)[] Patterns(JsonElement value)
    {
        var patterns = new List<(EcmaPattern Pattern, SchemaNode Schema)>();
        foreach (var (text, schema) in Named(value))
        {
            if (compiler.Pattern(text) is not { } pattern)
            {
                break;
            }

            patterns.Add((pattern, schema));
        }

        return [.. patterns];
    }

    /// <summary>A whole number from 0; what is larger than an <see cref="int"/> counts as the largest.</summary>
    internal int Count(JsonElement value)
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

    /// <summary>A number as it is written.</summary>
    internal byte[]? Bound(JsonElement value)
    {
        if (value.ValueKind == JsonValueKind.Number)
        {
            return JsonMarshal.GetRawUtf8Value(value).ToArray();
        }

        compiler.Malformed("is not a number");
        return null;
    }

    internal bool Flag(JsonElement value)
    {
        if (value.ValueKind is not (JsonValueKind.True or JsonValueKind.False))
        {
            compiler.Malformed("is not a boolean");
        }

        return value.ValueKind == JsonValueKind.True;
    }
}
