using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;

namespace LlmObservability.StructuredOutput;

/// <summary>References inside a schema: <c>#</c>, and <c>#/</c> with a JSON pointer.</summary>
internal static class SchemaPointer
{
    // A name passed by takes far less than a value that is compiled.
    private const int NamesPerValue = 16;

    /// <summary>
    /// What a reference names; null when it is none of these forms, or there is nothing. The compiler counts what is passed
    /// on the way.
    /// </summary>
    internal static JsonElement? Find(JsonElement root, string reference, SchemaCompiler compiler)
    {
        if (!reference.StartsWith('#') || (reference.Length > 1 && reference[1] != '/'))
        {
            return null;
        }

        JsonElement? at = root;
        foreach (var segment in reference.Split('/').AsSpan(1))
        {
            var name = Uri.UnescapeDataString(segment)
                .Replace("~1", "/", StringComparison.Ordinal)
                .Replace("~0", "~", StringComparison.Ordinal);
            at = Step(at.Value, name, compiler);
            if (at is null)
            {
                return null;
            }
        }

        return at;
    }

    private static JsonElement? Step(JsonElement from, string name, SchemaCompiler compiler)
    {
        if (from.ValueKind == JsonValueKind.Array)
        {
            return int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out var index) && index < from.GetArrayLength()
                ? from[index]
                : null;
        }

        if (from.ValueKind != JsonValueKind.Object || !compiler.Take(1 + (from.GetPropertyCount() / NamesPerValue)))
        {
            return null;
        }

        JsonElement? found = null;
        var utf8 = Encoding.UTF8.GetBytes(name);
        foreach (var property in from.EnumerateObject())
        {
            if (JsonText.Is(JsonMarshal.GetRawUtf8PropertyName(property), name, utf8))
            {
                found = property.Value;
            }
        }

        return found;
    }
}
