using System.Buffers;

namespace LlmObservability.Segments;

/// <summary>
/// The files in quarantine. Puts aside what cannot be trusted, without touching what stands before it. For one thread at a
/// time, but <see cref="Count"/> and <see cref="Bytes"/>, which wait for nobody.
/// </summary>
internal sealed class SegmentQuarantine(ISegmentFiles files)
{
    private const int ChunkBytes = 64 * 1024;

    // Replaced whole, so that the figures can be read while a disk hangs.
    private volatile SegmentAside[] _aside = [];

    public int Count => _aside.Length;

    public long Bytes => _aside.Sum(aside => aside.Bytes);

    public void Add(SegmentAside aside)
    {
        SegmentAside[] added = [.. _aside, aside];
        Array.Sort(added, static (left, right) => string.CompareOrdinal(left.File, right.File));
        _aside = added;
    }

    /// <summary>Renames a file of which nothing can be read.</summary>
    /// <returns>Its new name.</returns>
    public string PutAside(SegmentName name, long bytes)
    {
        var aside = name.Quarantined(0);
        files.Rename(name.ToString(), aside);
        files.FlushDirectory();
        Add(new SegmentAside(aside, bytes));
        return aside;
    }

    /// <summary>
    /// Puts a segment's bytes from an offset on aside. When records stand before them the file is copied, and then cut: they may
    /// not have been acknowledged yet.
    /// </summary>
    /// <returns>The evidence's name, or null when there was no room for it, and the file is as it was.</returns>
    public string? TryPutAside(SegmentName name, long offset, long bytes, bool readable)
    {
        try
        {
            if (!readable)
            {
                return PutAside(name, bytes);
            }

            var aside = CopyAndCut(name, offset);
            Add(new SegmentAside(aside, bytes));
            return aside;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>Deletes the oldest file, if there is one.</summary>
    /// <param name="before">Only one whose name comes before this, when given.</param>
    /// <returns>Bytes freed.</returns>
    public long DeleteOldest(string? before = null)
    {
        if (_aside.Length == 0 || (before is not null && string.CompareOrdinal(_aside[0].File, before) >= 0))
        {
            return 0;
        }

        var (file, bytes) = _aside[0];
        files.Delete(file);
        _aside = _aside[1..];
        return bytes;
    }

    private string CopyAndCut(SegmentName name, long offset)
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
