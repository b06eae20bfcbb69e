namespace LlmObservability.Queries;

/// <summary>What a field's values are, and how they are written in a condition.</summary>
public enum LlmFieldType
{
    /// <summary>Text.</summary>
    Text,

    /// <summary>A whole number, in decimal digits.</summary>
    Integer,

    /// <summary>A number, invariant culture.</summary>
    Number,

    /// <summary><c>true</c> or <c>false</c>.</summary>
    Boolean,

    /// <summary>A time, ISO 8601 with offset.</summary>
    Time,

    /// <summary>A UUID.</summary>
    Id,
}
