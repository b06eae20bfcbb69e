namespace LlmObservability.Segments;

/// <summary>What a log holds.</summary>
/// <param name="Segments">Segments.</param>
/// <param name="Bytes">Bytes of them, without those in quarantine.</param>
/// <param name="Records">Records not acknowledged, written to a file.</param>
/// <param name="Quarantined">Files in quarantine.</param>
/// <param name="QuarantinedBytes">Bytes of them.</param>
/// <param name="Oldest">When the segment with the oldest of those records was begun; null when there is none.</param>
internal readonly record struct SegmentUsage(
    int Segments, long Bytes, long Records, int Quarantined, long QuarantinedBytes, DateTimeOffset? Oldest);
