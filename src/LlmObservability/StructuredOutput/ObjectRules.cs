using System.Runtime.InteropServices;
using System.Text.Json;

namespace LlmObservability.StructuredOutput;

/// <summary>What a schema asks of objects.</summary>
internal sealed class ObjectRules
{
    private const int BitsPerWord = 64;
    private const int WordsOnStack = 4;

    /// <summary>The names in <c>properties</c> and <c>required</c>.</summary>
    internal PropertyTable Names { get; set; } = new([]);

    /// <summary>By place in <see cref="Names"/>; null for a name that is only required.</summary>
    internal SchemaNode?[] Properties { get; set; } = [];

    /// <summary>By place in <see cref="Names"/>.</summary>
    internal int[] Required { get; set; } = [];

    internal (EcmaPattern Pattern, SchemaNode Schema)[] Patterns { get; set; } = [];

    /// <summary>The schema of properties that neither a name nor a pattern covers.</summary>
    internal SchemaNode? Additional { get; set; }

    internal int MinProperties { get; set; }

    internal int MaxProperties { get; set; } = int.MaxValue;

    internal Finding Check(JsonElement value, Validation validation)
    {
        Span<ulong> seen = stackalloc ulong[WordsOnStack];
        if (Names.Count > WordsOnStack * BitsPerWord)
        {
            seen = new ulong[(Names.Count + BitsPerWord - 1) / BitsPerWord];
        }

        if (!validation.Spend(Names.Count / BitsPerWord))
        {
            return Finding.Open;
        }

        var finding = CheckCount(value, validation);
        var next = 0;
        foreach (var property in value.EnumerateObject())
        {
            var name = JsonMarshal.GetRawUtf8PropertyName(property);
            if (validation.IsOver || !validation.SpendOn(name))
            {
                return finding;
            }

            var place = Names.Find(name, ref next);
            if (place >= 0)
            {
                seen[place / BitsPerWord] |= 1UL << (place % BitsPerWord);
            }

            finding = SchemaNode.Worse(finding, CheckProperty(place, name, property.Value, validation));
        }

        return validation.IsOver ? finding : SchemaNode.Worse(finding, CheckRequired(seen, validation));
    }

    private Finding CheckCount(JsonElement value, Validation validation)
    {
        if (MinProperties == 0 && MaxProperties == int.MaxValue)
        {
            return Finding.Matches;
        }

        var count = value.GetPropertyCount();
        return count < MinProperties ? validation.Fail("minProperties", "has fewer than {} properties", MinProperties)
            : count > MaxProperties ? validation.Fail("maxProperties", "has more than {} properties", MaxProperties)
            : Finding.Matches;
    }

    private Finding CheckProperty(int place, ReadOnlySpan<byte> rawName, JsonElement value, Validation validation)
    {
        var finding = Finding.Matches;
        var name = place < 0 ? null : Names[place];
        var isCovered = false;
        if (place >= 0 && Properties[place] is { } schema)
        {
            isCovered = true;
            finding = validation.Property(schema, value, name);
        }

        if (Patterns.Length > 0)
        {
            finding = SchemaNode.Worse(finding, CheckPatterns(JsonText.Read(rawName), name, value, validation, ref isCovered));
        }

        if (isCovered || Additional is null || validation.IsOver)
        {
            return finding;
        }

        return Additional.IsFalse
            ? validation.Fail("additionalProperties", "is a property that the schema does not have", segment: name ?? "*")
            : SchemaNode.Worse(finding, validation.Property(Additional, value, name));
    }

    private Finding CheckPatterns(string text, string? name, JsonElement value, Validation validation, ref bool isCovered)
    {
        var finding = Finding.Matches;
        foreach (var (pattern, schema) in Patterns)
        {
            var matches = pattern.Check(text, validation);
            if (validation.IsOver)
            {
                return finding;
            }

            // A pattern that is not checked may cover the property, and may not.
            isCovered |= matches != Finding.Fails;
            finding = SchemaNode.Worse(finding, matches switch
            {
                Finding.Matches => validation.Property(schema, value, name),
                Finding.Open => Finding.Open,
                _ => Finding.Matches,
            });
        }

        return finding;
    }

    private Finding CheckRequired(ReadOnlySpan<ulong> seen, Validation validation)
    {
        var finding = Finding.Matches;
        foreach (var place in Required)
        {
            if ((seen[place / BitsPerWord] & (1UL << (place % BitsPerWord))) == 0)
            {
                finding = validation.Fail("required", "has no property {}", Names[place]);
            }
        }

        return finding;
    }
}
