namespace LlmObservability.Segments;

/// <summary>A file in quarantine.</summary>
internal readonly record struct SegmentAside(string File, long Bytes);
