using System.Text.Json;

namespace LlmObservability.StructuredOutput;

/// <summary>What a schema asks of strings.</summary>
internal sealed class StringRules
{
    internal int MinLength { get; set; }

    internal int MaxLength { get; set; } = int.MaxValue;

    internal EcmaPattern? Pattern { get; set; }

    internal Finding Check(JsonElement value, Validation validation)
    {
        var raw = JsonText.Raw(value);
        var finding = MinLength > 0 || MaxLength < int.MaxValue ? CheckLength(JsonText.CodePoints(raw), validation) : Finding.Matches;
        return Pattern is null ? finding : SchemaNode.Worse(finding, CheckPattern(Pattern, raw, validation));
    }

    private Finding CheckLength(int length, Validation validation)
    {
        return length < MinLength ? validation.Fail("minLength", "has fewer than {} characters", MinLength)
            : length > MaxLength ? validation.Fail("maxLength", "has more than {} characters", MaxLength)
            : Finding.Matches;
    }

    private static Finding CheckPattern(EcmaPattern pattern, ReadOnlySpan<byte> raw, Validation validation) => pattern.Check(JsonText.Read(raw), validation) switch
    {
        Finding.Fails => validation.Fail("pattern", "does not match the pattern"),
        var other => other,
    };
}
