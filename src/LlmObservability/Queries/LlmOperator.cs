namespace LlmObservability.Queries;

/// <summary>How a condition compares its field.</summary>
public enum LlmOperator
{
    /// <summary>The field has one of the values.</summary>
    In,

    /// <summary>The field has none of the values; a missing field meets this.</summary>
    NotIn,

    /// <summary>The field is greater than or equal to the one value. Numbers and times only.</summary>
    AtLeast,

    /// <summary>The field is less than the one value. Numbers and times only.</summary>
    Below,

    /// <summary>The field begins with the one value (ordinal). Text only.</summary>
    StartsWith,

    /// <summary>The field has no value.</summary>
    Missing,

    /// <summary>The field has a value.</summary>
    Present,
}
