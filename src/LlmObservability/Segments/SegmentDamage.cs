namespace LlmObservability.Segments;

/// <summary>Where a segment stops being readable.</summary>
/// <param name="Offset">The byte where the first damaged record starts.</param>
/// <param name="Position">The position that this record had.</param>
internal sealed record SegmentDamage(long Offset, long Position);
