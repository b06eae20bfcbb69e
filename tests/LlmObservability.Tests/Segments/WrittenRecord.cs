namespace LlmObservability.Tests.Segments;

/// <summary>A record as a test wrote or read it.</summary>
internal sealed record WrittenRecord(long Position, byte Kind, byte[] Payload)
{
    public bool Equals(WrittenRecord? other) =>
        other is not null && Position == other.Position && Kind == other.Kind && Payload.AsSpan().SequenceEqual(other.Payload);

    public override int GetHashCode() => Position.GetHashCode();

    public override string ToString() => $"{Position} (kind {Kind}, {Payload.Length} bytes)";
}
