using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;

namespace LlmObservability.StructuredOutput;

/// <summary>What a schema asks of numbers; each bound as JSON writes it.</summary>
internal sealed class NumberRules
{
    // The remainder of longer ones takes more than their length in time.
    private const int MaxDivisionDigits = 1_000;

    internal byte[]? Minimum { get; set; }

    internal byte[]? Maximum { get; set; }

    internal byte[]? ExclusiveMinimum { get; set; }

    internal byte[]? ExclusiveMaximum { get; set; }

    /// <summary>Above 0.</summary>
    internal byte[]? MultipleOf { get; set; }

    internal Finding Check(JsonElement value, Validation validation)
    {
        var number = new ExactNumber(JsonMarshal.GetRawUtf8Value(value));
        var finding = Finding.Matches;
        if (Minimum is not null && number.CompareTo(new ExactNumber(Minimum)) < 0)
        {
            finding = Fail("minimum", "is less than {}", Minimum, validation);
        }

        if (ExclusiveMinimum is not null && number.CompareTo(new ExactNumber(ExclusiveMinimum)) <= 0)
        {
            finding = Fail("exclusiveMinimum", "is not greater than {}", ExclusiveMinimum, validation);
        }

        if (Maximum is not null && number.CompareTo(new ExactNumber(Maximum)) > 0)
        {
            finding = Fail("maximum", "is greater than {}", Maximum, validation);
        }

        if (ExclusiveMaximum is not null && number.CompareTo(new ExactNumber(ExclusiveMaximum)) >= 0)
        {
            finding = Fail("exclusiveMaximum", "is not less than {}", ExclusiveMaximum, validation);
        }

        return MultipleOf is null ? finding : SchemaNode.Worse(finding, CheckMultiple(number, MultipleOf, validation));
    }

    private static Finding CheckMultiple(ExactNumber number, byte[] multipleOf, Validation validation)
    {
        var divisor = new ExactNumber(multipleOf);
        if (number.Digits > MaxDivisionDigits || divisor.Digits > MaxDivisionDigits)
        {
            validation.GiveUp();
            return Finding.Open;
        }

        if (!validation.Spend((number.Digits + divisor.Digits) / 8))
        {
            return Finding.Open;
        }

        return number.IsMultipleOf(divisor) ? Finding.Matches : Fail("multipleOf", "is not a multiple of {}", multipleOf, validation);
    }

    private static Finding Fail(string keyword, string reason, byte[] bound, Validation validation)
    {
        return validation.Fail(keyword, reason, validation.IsCollecting ? Encoding.UTF8.GetString(bound) : null);
    }
}
