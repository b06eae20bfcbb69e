namespace LlmObservability.StructuredOutput;

/// <summary>What one schema says of one value. In the order in which findings win over each other where all must hold.</summary>
internal enum Finding : byte
{
    Matches,

    /// <summary>
    /// Nothing that is checked fails, and something is not checked. It passes; but <c>not</c> and <c>oneOf</c> must not
    /// take it for a match.
    /// </summary>
    Open,

    Fails,
}
