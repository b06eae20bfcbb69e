namespace LlmObservability.Queries;

/// <summary>
/// The sequence numbers of one writer that were committed, as ranges: one range, usually. Beyond <see cref="MaxRanges"/> the oldest
/// gaps are taken for committed: nobody sends numbers again that lie so far back. Not thread-safe.
/// </summary>
internal sealed class SequenceSet
{
    /// <summary>The most ranges kept: what was put aside leaves a gap between two.</summary>
    public const int MaxRanges = 10_000;

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
        var end = _ranges.Count;
        while (end > 0 && _ranges[end - 1].First - 1 > last)
        {
            end--;
        }

        // Those from begin to end touch the new one.
        var begin = end;
        while (begin > 0 && _ranges[begin - 1].Last >= first - 1)
        {
            begin--;
        }

        if (begin == end)
        {
            _ranges.Insert(end, (first, last));
            Bound();
            return;
        }

        _ranges[begin] = (Math.Min(first, _ranges[begin].First), Math.Max(last, _ranges[end - 1].Last));
        _ranges.RemoveRange(begin + 1, end - begin - 1);
    }

    private void Bound()
    {
        if (_ranges.Count > MaxRanges)
        {
            var oldest = MaxRanges / 2;
            _ranges[0] = (_ranges[0].First, _ranges[oldest].Last);
            _ranges.RemoveRange(1, oldest);
        }
    }
}
