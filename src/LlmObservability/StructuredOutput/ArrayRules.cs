using System.Text.Json;

namespace LlmObservability.StructuredOutput;

/// <summary>What a schema asks of arrays.</summary>
internal sealed class ArrayRules
{
    /// <summary>The schemas of the first items, each its own.</summary>
    internal SchemaNode[] First { get; set; } = [];

    /// <summary>The schema of the items after those; null when none is given.</summary>
    internal SchemaNode? Items { get; set; }

    internal int MinItems { get; set; }

    internal int MaxItems { get; set; } = int.MaxValue;

    internal bool UniqueItems { get; set; }

    internal Finding Check(JsonElement value, Validation validation)
    {
        var finding = CheckCount(value.GetArrayLength(), validation);
        finding = First.Length > 0 || Items is not null ? SchemaNode.Worse(finding, CheckItems(value, validation)) : finding;
        return UniqueItems && !validation.IsOver && HasTwins(value, validation)
            ? validation.Fail("uniqueItems", "has the same item twice")
            : finding;
    }

    private Finding CheckCount(int count, Validation validation)
    {
        return count < MinItems ? validation.Fail("minItems", "has fewer than {} items", MinItems)
            : count > MaxItems ? validation.Fail("maxItems", "has more than {} items", MaxItems)
            : Finding.Matches;
    }

    private Finding CheckItems(JsonElement value, Validation validation)
    {
        var finding = Finding.Matches;
        var index = 0;
        foreach (var item in value.EnumerateArray())
        {
            var schema = index < First.Length ? First[index] : Items;
            if (schema is null || validation.IsOver)
            {
                break;
            }

            finding = SchemaNode.Worse(finding, validation.Item(schema, item, index));
            index++;
        }

        return finding;
    }

    // By hash, so that only items which may be equal are compared.
    private static bool HasTwins(JsonElement value, Validation validation)
    {
        var items = new JsonElement[value.GetArrayLength()];
        var hashes = new int[items.Length];
        var count = 0;
        foreach (var item in value.EnumerateArray())
        {
            items[count] = item;
            hashes[count++] = JsonEquality.Hash(item, validation);
            if (validation.IsOver)
            {
                return false;
            }
        }

        Array.Sort(hashes, items);
        for (var i = 1; i < items.Length; i++)
        {
            for (var j = i - 1; j >= 0 && hashes[j] == hashes[i] && !validation.IsTooComplex; j--)
            {
                if (JsonEquality.AreEqual(items[i], items[j], validation))
                {
                    return true;
                }
            }
        }

        return false;
    }
}
