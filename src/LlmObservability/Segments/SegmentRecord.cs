namespace LlmObservability.Segments;

/// <summary>A record as it was written.</summary>
/// <param name="position">Its position.</param>
/// <param name="kind">Its kind, 1 to 239.</param>
/// <param name="payload">Its bytes; valid until the reader's next step.</param>
internal readonly ref struct SegmentRecord(long position, byte kind, ReadOnlySpan<byte> payload)
{
    public long Position { get; } = position;

    public byte Kind { get; } = kind;

    public ReadOnlySpan<byte> Payload { get; } = payload;
}
