namespace LlmObservability.StructuredOutput;

/// <summary>The words that stand for reasons in records and metrics.</summary>
internal static class UncheckedReasonNames
{
    private static readonly string?[] Names = [null, "no_schema", "schema_not_usable", "too_complex", "too_long"];

    /// <summary>The reason's word; null where there is no reason.</summary>
    public static string? ToName(this UncheckedReason reason) => Names[(int)reason];
}
