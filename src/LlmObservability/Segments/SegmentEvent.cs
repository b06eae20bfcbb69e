namespace LlmObservability.Segments;

/// <summary>Something that went wrong with the log, for messages and counters. None of it repeats a record's content.</summary>
internal abstract record SegmentEvent
{
    private SegmentEvent()
    {
    }

    /// <summary>A torn tail was cut at opening: records that were never confirmed.</summary>
    /// <param name="File">The segment.</param>
    /// <param name="Position">The first position that is gone.</param>
    /// <param name="Bytes">Bytes cut.</param>
    public sealed record Cut(string File, long Position, long Bytes) : SegmentEvent;

    /// <summary>A segment is damaged: what stands before is read, the rest is put aside. How many records are gone is told by a <see cref="Gap"/>.</summary>
    /// <param name="File">The segment.</param>
    /// <param name="Aside">The file with the evidence, or null when there was no room for it.</param>
    /// <param name="Position">The position of the first damaged record; the segment's first when the header is damaged.</param>
    /// <param name="Readable">Records before it.</param>
    /// <param name="Bytes">Bytes of the segment that cannot be read.</param>
    public sealed record Quarantined(string File, string? Aside, long Position, long Readable, long Bytes) : SegmentEvent;

    /// <summary>Records are missing. Told by each reader that comes across.</summary>
    /// <param name="From">The first position that is missing.</param>
    /// <param name="Until">The position after the last.</param>
    public sealed record Gap(long From, long Until) : SegmentEvent
    {
        /// <summary>
        /// How many, as far as can be told. Between two openings the positions leap, so of a stretch that holds a leap those
        /// count that the last of its openings gave out.
        /// </summary>
        public long Records => Until - From < SegmentFormat.Leap ? Until - From : (Until - 1) % SegmentFormat.Leap;
    }

    /// <summary>The state could not be read: reading starts with the oldest record.</summary>
    public sealed record StateLost : SegmentEvent;

    /// <summary>A segment is not trusted after an error, and its unconfirmed records are written again into a successor. Nothing is lost.</summary>
    /// <param name="File">The segment left behind.</param>
    /// <param name="Position">The first position written again.</param>
    /// <param name="Failure">The error, or null when a reader found the file damaged.</param>
    public sealed record Rewritten(string File, long Position, Exception? Failure) : SegmentEvent;
}
