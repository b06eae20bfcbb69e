namespace LlmObservability.Calls;

/// <summary>What the activity that a call holds is to it.</summary>
internal enum SpanRole : byte
{
    /// <summary>There is none, or it only surrounds the call: the record names it.</summary>
    Surrounding,

    /// <summary>The call's own span.</summary>
    Own,

    /// <summary>Another instrumentation's span of the same call, which is enriched.</summary>
    Foreign,
}
