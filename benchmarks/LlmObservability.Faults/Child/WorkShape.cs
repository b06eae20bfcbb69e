namespace LlmObservability.Faults.Child;

/// <summary>What belongs to a call.</summary>
internal enum WorkShape
{
    /// <summary>Nothing else.</summary>
    Alone,

    /// <summary>Two attempts, written with it.</summary>
    Attempts,

    /// <summary>A tool call inside it, written with it.</summary>
    Tool,

    /// <summary>A tool call after it, which travels by itself.</summary>
    LateTool,

    /// <summary>An amendment after it, which travels by itself.</summary>
    Amended,
}
