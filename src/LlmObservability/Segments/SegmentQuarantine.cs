using System.Buffers;

namespace LlmObservability.Segments;

/// <summary>Puts aside what cannot be trusted, without touching what stands before it.</summary>
internal static class SegmentQuarantine
{
    private const int ChunkBytes = 64 * 1024;

    /// <summary>Renames a file of which nothing can be read.</summary>
    /// <returns>Its new name.</returns>
    public static string Rename(ISegmentFiles files, SegmentName name)
    {
        var aside = name.Quarantined(0);
        files.Rename(name.ToString(), aside);
        files.FlushDirectory();
        return aside;
    }

    /// <summary>Copies a file, and then cuts it where it is damaged: records before may not have been acknowledged yet.</summary>
    /// <returns>The copy's name.</returns>
    public static string CopyAndCut(ISegmentFiles files, SegmentName name, long offset)
    {
        var aside = name.Quarantined(offset);
        using var file = files.Open(name.ToString());
        // One of this name would be from an attempt that did not end.
        files.Delete(aside);
        try
        {
            using var copy = files.Create(aside);
            Copy(file, copy);
            copy.FlushToDisk();
            files.FlushDirectory();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            files.Delete(aside);
            throw;
        }

        file.Truncate(offset);
        file.FlushToDisk();
        return aside;
    }

    private static void Copy(ISegmentFile from, ISegmentFile to)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(ChunkBytes);
        try
        {
            var at = 0L;
            for (var read = from.Read(buffer, at); read > 0; read = from.Read(buffer, at))
            {
                to.Write(buffer.AsSpan(0, read), at);
                at += read;
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
