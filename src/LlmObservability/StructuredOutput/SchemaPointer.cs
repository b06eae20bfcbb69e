using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json;

namespace LlmObservability.StructuredOutput;

/// <summary>References inside a schema: <c>#</c>, and <c>#/</c> with a JSON pointer.</summary>
internal static class SchemaPointer
{
    /// <summary>What a reference names; null when it is none of these forms, or there is nothing.</summary>
    internal static JsonElement? Find(JsonElement root, string reference)
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
            at = Step(at.Value, name);
            if (at is null)
            {
                return null;
            }
        }

        return at;
    }

    private static JsonElement? Step(JsonElement from, string name)
    {
        if (from.ValueKind == JsonValueKind.Array)
        {
            return int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out var index) && index < from.GetArrayLength()
                ? from[index]
                : null;
        }

        JsonElement? found = null;
        if (from.ValueKind == JsonValueKind.Object)
        {
            foreach (var property in from.EnumerateObject())
            {
                if (JsonText.Read(JsonMarshal.GetRawUtf8PropertyName(property)) == name)
                {
                    found = property.Value;
                }
            }
        }

        return found;
    }
}
