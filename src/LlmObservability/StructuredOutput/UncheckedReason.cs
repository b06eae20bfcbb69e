namespace LlmObservability.StructuredOutput;

/// <summary>Why it is not said whether an answer matches its schema.</summary>
internal enum UncheckedReason : byte
{
    /// <summary>It is said.</summary>
    None,

    /// <summary>JSON was asked for without a schema.</summary>
    NoSchema,

    /// <summary>The schema is malformed, or refers to what is not in it.</summary>
    SchemaNotUsable,

    /// <summary>The check would have passed a bound on steps or nesting.</summary>
    TooComplex,

    /// <summary>The answer has more characters than are looked at.</summary>
    TooLong,
}
