namespace LlmObservability.Queries;

/// <summary>The sequence numbers of one writer that were committed, as ranges: one range, usually. Not thread-safe.</summary>
internal sealed class SequenceSet
{
    // Ascending, and never touching each other.
    private readonly List<(long First, long Last)> _ranges = [];

    public bool Contains(long sequence)
    {
        // From the end: numbers grow, so what comes again is near it.
        for (var i = _ranges.Count - 1; i >= 0; i--)
        {
            if (sequence >= _ranges[i].First)
            {
                return sequence <= _ranges[i].Last;
            }
        }

        return false;
    }

    public void Add(long first, long last)
    {
        var joined = _ranges.Where(range => range.Last >= first - 1 && range.First <= last + 1).ToList();
        _ranges.RemoveAll(joined.Contains);
        var merged = (First: joined.Aggregate(first, (least, range) => Math.Min(least, range.First)),
            Last: joined.Aggregate(last, (most, range) => Math.Max(most, range.Last)));
        var index = _ranges.FindIndex(range => range.First > merged.First);
        _ranges.Insert(index < 0 ? _ranges.Count : index, merged);
    }
}
