namespace LlmObservability.Dashboard.Live;

/// <summary>
/// How many calls a store holds since a fixed time, against how many a reader knows of: what is missing was passed over. A count
/// comes before its look, so that whatever it counts the look could have seen; what came in between is evened out by the next count.
/// For one reader.
/// </summary>
internal sealed class LiveTally
{
    private long _known;

    /// <summary>Since when is counted.</summary>
    public DateTimeOffset From { get; private set; }

    /// <summary>Counts from another time on.</summary>
    /// <param name="from">Since when.</param>
    /// <param name="known">How many calls since then the reader knows of, or was told that they were passed over.</param>
    public void Begin(DateTimeOffset from, long known) => (From, _known) = (from, known);

    /// <summary>The reader is told so many calls, or that they were passed over.</summary>
    public void Tell(long calls) => _known += calls;

    /// <summary>Takes a count, and gives how many calls were passed over that the reader was not told of.</summary>
    /// <param name="counted">How many calls there were since <see cref="From"/>.</param>
    /// <param name="after">How many of those it was told may have come after the count.</param>
    public long Take(long counted, long after)
    {
        var skipped = Math.Max(counted - _known, 0);
        // No more than could have come after the count: what a store has forgotten is not waited for.
        _known = Math.Min(_known + skipped, counted + after);
        return skipped;
    }

    /// <summary>Counts from a later time on.</summary>
    /// <param name="from">Since when.</param>
    /// <param name="counted">How many calls there were since <see cref="From"/>, as <see cref="Take"/> has taken it.</param>
    /// <param name="later">How many there were since <paramref name="from"/>.</param>
    public void Advance(DateTimeOffset from, long counted, long later) => Begin(from, later + _known - counted);
}
