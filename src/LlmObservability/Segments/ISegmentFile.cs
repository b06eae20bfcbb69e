namespace LlmObservability.Segments;

/// <summary>An open file. Throws as <see cref="ISegmentFiles"/> does. One writer, any number of readers.</summary>
internal interface ISegmentFile : IDisposable
{
    long Length { get; }

    /// <summary>Reads as much as there is, at most the buffer; 0 at the end.</summary>
    int Read(Span<byte> buffer, long offset);

    /// <summary>Writes all of it. After an exception any part of it may stand there.</summary>
    void Write(ReadOnlySpan<byte> bytes, long offset);

    void Truncate(long length);

    /// <summary>
    /// Returns when content and length survive a loss of power. After an exception nothing is known of what was not
    /// flushed before, not even when a later flush succeeds.
    /// </summary>
    void FlushToDisk();
}
