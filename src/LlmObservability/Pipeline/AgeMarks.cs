namespace LlmObservability.Pipeline;

/// <summary>
/// Tells since when a place in the queue waits, though no entry carries a time: once in a while the places given out so far
/// are marked with the clock. What was let in since the mark before is taken to have come at the mark, so an age is never
/// overstated. Peeking at the queue's head would be no alternative: a <c>ConcurrentQueue</c> that was peeked at keeps what
/// it hands out. Thread-safe.
/// </summary>
internal sealed class AgeMarks
{
    // Marks lie a 32nd of the oldest age apart, so a week's backlog needs fewer than 600 of them.
    private const int Share = 32;
    private const int Most = 1024;

    private readonly Queue<Mark> _marks = new();
    private Mark _last;

    /// <summary>Marks the present.</summary>
    /// <param name="oldest">The first place that is not settled.</param>
    /// <param name="admitted">The last place given out.</param>
    /// <param name="now">The clock's timestamp, read after <paramref name="admitted"/>.</param>
    public void Add(long oldest, long admitted, long now)
    {
        lock (_marks)
        {
            Forget(oldest);
            if (admitted < oldest || admitted == _last.Place || _marks.Count == Most)
            {
                return;
            }

            if (_marks.Count == 0 || (now - _last.At) * Share >= now - _marks.Peek().At)
            {
                _last = new Mark(admitted, now);
                _marks.Enqueue(_last);
            }
        }
    }

    /// <summary>The timestamp at which <paramref name="oldest"/> was there already; null when it came after the last mark.</summary>
    public long? Since(long oldest)
    {
        lock (_marks)
        {
            Forget(oldest);
            return _marks.Count == 0 ? null : _marks.Peek().At;
        }
    }

    private void Forget(long oldest)
    {
        while (_marks.Count > 0 && _marks.Peek().Place < oldest)
        {
            _marks.Dequeue();
        }
    }

    private readonly record struct Mark(long Place, long At);
}
