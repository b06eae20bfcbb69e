using System.Buffers;

namespace LlmObservability.Segments;

/// <summary>Records in the form in which they stand in the file, one after the other. Its memory is pooled.</summary>
internal sealed class RecordBlock(int capacity, long first) : IDisposable
{
    private byte[] _buffer = ArrayPool<byte>.Shared.Rent(capacity);

    /// <summary>Bytes of memory that it takes.</summary>
    public int Capacity => capacity;

    public int Length { get; private set; }

    /// <summary>The position of the first record.</summary>
    public long First { get; } = first;

    /// <summary>The position after the last.</summary>
    public long End { get; private set; } = first;

    public ReadOnlySpan<byte> Bytes => _buffer.AsSpan(0, Length);

    public bool Fits(int recordBytes) => recordBytes <= capacity - Length;

    public void Append(uint digest, byte kind, ReadOnlySpan<byte> payload)
    {
        SegmentFormat.WriteRecord(_buffer.AsSpan(Length), digest, kind, End, payload);
        Length += SegmentFormat.RecordHeaderBytes + payload.Length;
        End++;
    }

    public void Dispose()
    {
        ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = [];
        Length = 0;
    }
}
