namespace LlmObservability.Segments;

/// <summary>What a cursor found.</summary>
internal enum CursorStep
{
    /// <summary>A valid record.</summary>
    Record,

    /// <summary>Nothing more, as far as the file is known to reach.</summary>
    End,

    /// <summary>Bytes that are no record at this position.</summary>
    Damaged,
}
