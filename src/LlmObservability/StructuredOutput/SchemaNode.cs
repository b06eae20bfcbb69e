using System.Runtime.InteropServices;
using System.Text.Json;

namespace LlmObservability.StructuredOutput;

/// <summary>One schema, compiled. Set by the compiler, and only read after that, from any thread.</summary>
internal sealed class SchemaNode
{
    internal static readonly SchemaNode Anything = new();
    internal static readonly SchemaNode Nothing = new() { IsFalse = true };

    /// <summary>Whether this is the schema <c>false</c>, which no value matches.</summary>
    internal bool IsFalse { get; private init; }

    /// <summary>Whether it has an assertion that is not checked.</summary>
    internal bool IsOpen { get; set; }

    internal JsonTypes Types { get; set; }

    internal JsonElement[]? Enum { get; set; }

    internal JsonElement? Const { get; set; }

    internal ObjectRules? Object { get; set; }

    internal ArrayRules? Array { get; set; }

    internal StringRules? String { get; set; }

    internal NumberRules? Number { get; set; }

    /// <summary>Other schemas that apply to the same value; null where there are none.</summary>
    internal CombinedSchemas? Combined { get; set; }

    internal Finding Check(JsonElement value, Validation validation)
    {
        if (!validation.Enter())
        {
            return Finding.Open;
        }

        var finding = CheckEntered(value, validation);
        validation.Leave();
        return finding;
    }

    private Finding CheckEntered(JsonElement value, Validation validation)
    {
        if (IsFalse)
        {
            return validation.Fail("false", "no value is allowed here");
        }

        if (value.ValueKind is JsonValueKind.String or JsonValueKind.Number && !validation.SpendOn(JsonMarshal.GetRawUtf8Value(value)))
        {
            return Finding.Open;
        }

        if (!Types.Admits(value))
        {
            // The other keywords would only say it again.
            return validation.Fail("type", validation.IsCollecting ? TypeReason(value.ValueKind) : "");
        }

        var finding = IsOpen ? Finding.Open : Finding.Matches;
        finding = Worse(finding, CheckKnown(value, validation));
        finding = Worse(finding, value.ValueKind switch
        {
            JsonValueKind.Object => Object?.Check(value, validation),
            JsonValueKind.Array => Array?.Check(value, validation),
            JsonValueKind.String => String?.Check(value, validation),
            JsonValueKind.Number => Number?.Check(value, validation),
            _ => null,
        } ?? Finding.Matches);
        return Combined is null || validation.IsOver ? finding : Worse(finding, Combined.Check(value, validation));
    }

    internal static Finding Worse(Finding left, Finding right) => left > right ? left : right;

    private Finding CheckKnown(JsonElement value, Validation validation)
    {
        var finding = Finding.Matches;
        if (Const is { } only && !JsonEquality.AreEqual(only, value, validation))
        {
            finding = validation.Fail("const", "is not the one value allowed");
        }

        if (Enum is { } values && !IsAmong(values, value, validation))
        {
            finding = Worse(finding, validation.Fail("enum", "is none of the {} values allowed", values.Length));
        }

        return finding;
    }

    private static bool IsAmong(JsonElement[] values, JsonElement value, Validation validation)
    {
        foreach (var candidate in values)
        {
            if (JsonEquality.AreEqual(candidate, value, validation))
            {
                return true;
            }
        }

        return false;
    }

    private string TypeReason(JsonValueKind found)
    {
        return $"is {JsonTypeNames.Describe(JsonTypeNames.Of(found))}, not {JsonTypeNames.Describe(Types)}";
    }
}
