using System.Runtime.InteropServices;
using System.Text.Json;

namespace LlmObservability.StructuredOutput;

/// <summary>The types' words, and what type a value has.</summary>
internal static class JsonTypeNames
{
    private static readonly string[] Names = ["null", "boolean", "object", "array", "string", "number", "integer"];

    /// <summary>The type that a word of the schema names; any when there is no such type.</summary>
    internal static JsonTypes Parse(string name)
    {
        var at = Array.IndexOf(Names, name);
        return at < 0 ? JsonTypes.Any : (JsonTypes)(1 << at);
    }

    /// <summary>The words of a set, as in <c>string or null</c>.</summary>
    internal static string Describe(JsonTypes types) =>
        string.Join(" or ", Names.Where((_, i) => types.HasFlag((JsonTypes)(1 << i))).Reverse());

    /// <summary>The type of a value; a number is a number, with or without a fraction.</summary>
    internal static JsonTypes Of(JsonValueKind kind) => kind switch
    {
        JsonValueKind.Object => JsonTypes.Object,
        JsonValueKind.Array => JsonTypes.Array,
        JsonValueKind.String => JsonTypes.String,
        JsonValueKind.Number => JsonTypes.Number,
        JsonValueKind.True or JsonValueKind.False => JsonTypes.Boolean,
        _ => JsonTypes.Null,
    };

    internal static bool Admits(this JsonTypes types, JsonElement value)
    {
        var type = Of(value.ValueKind);
        return types == JsonTypes.Any || (types & type) != 0
            || (type == JsonTypes.Number && (types & JsonTypes.Integer) != 0
                && new ExactNumber(JsonMarshal.GetRawUtf8Value(value)).IsWhole);
    }
}
