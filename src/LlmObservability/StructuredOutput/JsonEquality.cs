using System.Runtime.InteropServices;
using System.Text.Json;

namespace LlmObservability.StructuredOutput;

/// <summary>
/// Equality of JSON values: numbers by value, objects in any order of their properties. Within a check's bounds; beyond
/// them nothing is equal.
/// </summary>
internal static class JsonEquality
{
    internal static bool AreEqual(JsonElement left, JsonElement right, Validation validation)
    {
        if (left.ValueKind != right.ValueKind)
        {
            validation.Spend(1);
            return false;
        }

        if (!validation.Enter())
        {
            return false;
        }

        var equal = left.ValueKind switch
        {
            JsonValueKind.Object => AreSameObjects(left, right, validation),
            JsonValueKind.Array => AreSameArrays(left, right, validation),
            JsonValueKind.String => AreSameStrings(JsonText.Raw(left), JsonText.Raw(right), validation),
            JsonValueKind.Number => AreSameNumbers(JsonMarshal.GetRawUtf8Value(left), JsonMarshal.GetRawUtf8Value(right), validation),
            _ => true,
        };
        validation.Leave();
        return equal;
    }

    /// <summary>The same for equal values.</summary>
    internal static int Hash(JsonElement value, Validation validation)
    {
        if (!validation.Enter())
        {
            return 0;
        }

        var hash = (int)value.ValueKind;
        switch (value.ValueKind)
        {
            case JsonValueKind.Object:
                foreach (var property in value.EnumerateObject())
                {
                    // A sum, since the order does not count.
                    hash += HashCode.Combine(JsonText.Hash(JsonMarshal.GetRawUtf8PropertyName(property)), Hash(property.Value, validation));
                }

                break;
            case JsonValueKind.Array:
                foreach (var item in value.EnumerateArray())
                {
                    hash = HashCode.Combine(hash, Hash(item, validation));
                }

                break;
            case JsonValueKind.String:
                hash = validation.SpendOn(JsonText.Raw(value)) ? JsonText.Hash(JsonText.Raw(value)) : 0;
                break;
            case JsonValueKind.Number:
                var text = JsonMarshal.GetRawUtf8Value(value);
                hash = validation.SpendOn(text) ? new ExactNumber(text).Hash() : 0;
                break;
            default:
                break;
        }

        validation.Leave();
        return hash;
    }

    private static bool AreSameStrings(ReadOnlySpan<byte> left, ReadOnlySpan<byte> right, Validation validation) =>
        validation.SpendOn(right) && JsonText.AreSame(left, right);

    private static bool AreSameNumbers(ReadOnlySpan<byte> left, ReadOnlySpan<byte> right, Validation validation) =>
        validation.SpendOn(right) && new ExactNumber(left).CompareTo(new ExactNumber(right)) == 0;

    private static bool AreSameArrays(JsonElement left, JsonElement right, Validation validation)
    {
        if (left.GetArrayLength() != right.GetArrayLength())
        {
            return false;
        }

        var others = right.EnumerateArray();
        foreach (var item in left.EnumerateArray())
        {
            if (!others.MoveNext() || !AreEqual(item, others.Current, validation))
            {
                return false;
            }
        }

        return true;
    }

    private static bool AreSameObjects(JsonElement left, JsonElement right, Validation validation)
    {
        var count = left.GetPropertyCount();
        return count == right.GetPropertyCount() && Holds(left, right, true, validation) && Holds(right, left, false, validation);
    }

    // Whether every property of one object is in another. Both ways, or {"a":1,"a":1} would equal {"a":1,"b":1}.
    private static bool Holds(JsonElement properties, JsonElement whole, bool compareValues, Validation validation)
    {
        var inOrder = whole.EnumerateObject();
        foreach (var property in properties.EnumerateObject())
        {
            var name = JsonMarshal.GetRawUtf8PropertyName(property);
            if (!inOrder.MoveNext() || !validation.SpendOn(name))
            {
                return false;
            }

            // The same order is the usual case, and needs no search.
            var found = JsonText.AreSame(name, JsonMarshal.GetRawUtf8PropertyName(inOrder.Current)) ? inOrder.Current : Find(whole, name, validation);
            if (found is not { } other || (compareValues && !AreEqual(property.Value, other.Value, validation)))
            {
                return false;
            }
        }

        return true;
    }

    private static JsonProperty? Find(JsonElement whole, ReadOnlySpan<byte> name, Validation validation)
    {
        foreach (var property in whole.EnumerateObject())
        {
            if (!validation.SpendOn(name))
            {
                return null;
            }

            if (JsonText.AreSame(name, JsonMarshal.GetRawUtf8PropertyName(property)))
            {
                return property;
            }
        }

        return null;
    }
}
