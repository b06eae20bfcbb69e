namespace LlmObservability.StructuredOutput;

/// <summary>The types of JSON Schema, as a set; empty means any.</summary>
[Flags]
internal enum JsonTypes : byte
{
    Any = 0,
    Null = 1,
    Boolean = 2,
    Object = 4,
    Array = 8,
    String = 16,
    Number = 32,

    /// <summary>Any number without a fraction: 1.0 too.</summary>
    Integer = 64,
}
