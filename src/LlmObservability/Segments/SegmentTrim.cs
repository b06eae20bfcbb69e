namespace LlmObservability.Segments;

/// <summary>What a bound in bytes or age removed.</summary>
/// <param name="Segments">Segments deleted, without those in quarantine.</param>
/// <param name="Records">Records in them; at most, when a gap in the log falls among them.</param>
/// <param name="Unacknowledged">Those of them that were not acknowledged: lost to the bound.</param>
/// <param name="Bytes">Bytes freed, of segments and of files in quarantine.</param>
internal readonly record struct SegmentTrim(int Segments, long Records, long Unacknowledged, long Bytes);
