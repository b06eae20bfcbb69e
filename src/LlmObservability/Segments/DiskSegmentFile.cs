namespace LlmObservability.Segments;

/// <summary>A file on disk, read and written at offsets.</summary>
internal sealed class DiskSegmentFile(FileStream stream) : ISegmentFile
{
    public long Length => RandomAccess.GetLength(stream.SafeFileHandle);

    public int Read(Span<byte> buffer, long offset)
    {
        var read = 0;
        while (read < buffer.Length)
        {
            var more = RandomAccess.Read(stream.SafeFileHandle, buffer[read..], offset + read);
            if (more == 0)
            {
                break;
            }

            read += more;
        }

        return read;
    }

    public void Write(ReadOnlySpan<byte> bytes, long offset) => RandomAccess.Write(stream.SafeFileHandle, bytes, offset);

    public void Truncate(long length) => RandomAccess.SetLength(stream.SafeFileHandle, length);

    public void FlushToDisk() => RandomAccess.FlushToDisk(stream.SafeFileHandle);

    public void Dispose() => stream.Dispose();
}
