using System.Buffers;

namespace LlmObservability.Segments;

/// <summary>Brings the last segment, in which alone a write can have been torn, to a known end.</summary>
internal static class SegmentRecovery
{
    private const int ChunkBytes = 64 * 1024;

    /// <summary>Finds the segment's end, cuts a torn tail, and leaves damage to the reader.</summary>
    /// <returns>How many bytes were cut.</returns>
    public static long Recover(ISegmentFiles files, Segment segment)
    {
        using var file = files.Open(segment.File);
        var seed = SegmentFormat.Seed(segment.Header.LogId);
        var valid = FindEnd(segment, file, seed, out var offset);
        if (valid)
        {
            return 0;
        }

        if (FindProof(file, seed, offset, segment.Length) is { } known)
        {
            segment.End = Math.Max(segment.End, known);
            return 0;
        }

        var torn = segment.Length - offset;
        file.Truncate(offset);
        file.FlushToDisk();
        segment.Length = offset;
        return torn;
    }

    /// <summary>Finds the end of a segment that was complete, when its successor does not tell it.</summary>
    public static void FindEnd(ISegmentFiles files, Segment segment)
    {
        using var file = files.Open(segment.File);
        var seed = SegmentFormat.Seed(segment.Header.LogId);
        if (!FindEnd(segment, file, seed, out var offset))
        {
            // At least the record that is damaged: the reader must come by, to find it and tell.
            segment.End = Math.Max(Math.Max(segment.First, segment.End) + 1, FindProof(file, seed, offset, segment.Length) ?? 0);
        }
    }

    /// <summary>
    /// Brings all of the last segment to disk, before another one follows. What is not known to be there is written again: a
    /// flush may have failed in an earlier process, and after that the operating system takes for flushed what is not.
    /// </summary>
    public static void Complete(ISegmentFiles files, Segment segment)
    {
        using var file = files.Open(segment.File);
        var buffer = ArrayPool<byte>.Shared.Rent(ChunkBytes);
        try
        {
            for (var at = segment.Synced; at < segment.Length;)
            {
                var read = TryRead(file, buffer.AsSpan(0, (int)Math.Min(ChunkBytes, segment.Length - at)), at);
                if (read == 0)
                {
                    break;
                }

                file.Write(buffer.AsSpan(0, read), at);
                at += read;
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }

        file.FlushToDisk();
        segment.Synced = segment.Length;
    }

    // What cannot be read is the reader's affair, and keeps nobody from writing.
    private static int TryRead(ISegmentFile file, Span<byte> buffer, long offset)
    {
        try
        {
            return file.Read(buffer, offset);
        }
        catch (IOException)
        {
            return 0;
        }
    }

    private static bool FindEnd(Segment segment, ISegmentFile file, uint seed, out long offset)
    {
        using var cursor = new SegmentCursor(file, seed, segment.First, ownsFile: false);
        var step = CursorStep.Record;
        while (step == CursorStep.Record)
        {
            step = cursor.Step(segment.Length);
        }

        offset = cursor.Offset;
        segment.Synced = Math.Min(cursor.Synced, offset);
        segment.End = cursor.Next > segment.First ? cursor.Next : segment.Header.Continues;
        return step == CursorStep.End;
    }

    /// <summary>Looks for marks that prove that the bytes at an offset were on disk once.</summary>
    /// <returns>The highest position that they tell, or null when there is no such mark.</returns>
    private static long? FindProof(ISegmentFile file, uint seed, long offset, long length)
    {
        long? known = null;
        var buffer = ArrayPool<byte>.Shared.Rent(ChunkBytes);
        try
        {
            var at = offset;
            while (length - at >= SegmentMark.Bytes)
            {
                var read = file.Read(buffer.AsSpan(0, (int)Math.Min(ChunkBytes, length - at)), at);
                if (read < SegmentMark.Bytes)
                {
                    break;
                }

                at += SegmentMark.Find(buffer.AsSpan(0, read), seed, out var mark);
                if (mark is { } found && found.Synced > offset)
                {
                    known = Math.Max(known ?? 0, found.Position);
                }
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }

        return known;
    }
}
