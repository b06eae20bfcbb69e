namespace LlmObservability.Segments;

/// <summary>The segments of a log in their order. Thread-safe.</summary>
internal sealed class SegmentCatalog
{
    private readonly object _gate = new();
    private readonly List<Segment> _segments = [];

    /// <summary>Sent when a segment grows, comes or goes.</summary>
    public Broadcast Changed { get; } = new();

    public Segment[] Snapshot()
    {
        lock (_gate)
        {
            return [.. _segments];
        }
    }

    /// <summary>The segment that comes after a sequence number, whatever it holds.</summary>
    public Segment? After(long sequence)
    {
        lock (_gate)
        {
            return _segments.Find(segment => segment.Sequence > sequence);
        }
    }

    /// <summary>
    /// The first segment after a sequence number that can hold a position or a later one. One that is being written and was found
    /// damaged comes once its writer has left it.
    /// </summary>
    public Segment? After(long sequence, long position)
    {
        lock (_gate)
        {
            return _segments.Find(segment => segment.Sequence > sequence && (segment.IsLive ? segment.Damage is null : segment.End > position && !segment.IsEmpty));
        }
    }

    public void Add(Segment segment)
    {
        lock (_gate)
        {
            _segments.Add(segment);
        }

        Changed.Send();
    }

    /// <summary>Ends a segment where its successor takes over; from here on nobody may note damage in it any more.</summary>
    public void Replace(Segment ended, Segment successor)
    {
        lock (_gate)
        {
            ended.IsLive = false;
            ended.End = Math.Min(ended.End, successor.Header.Continues);
            successor.IsLive = true;
            _segments.Add(successor);
        }

        Changed.Send();
    }

    /// <summary>Ends a segment that is written no more.</summary>
    public void End(Segment live)
    {
        lock (_gate)
        {
            live.IsLive = false;
        }

        Changed.Send();
    }

    /// <summary>Notes damage for the writer to deal with.</summary>
    /// <returns>Whether the segment is being written.</returns>
    public bool TryNoteDamage(Segment segment, SegmentDamage damage)
    {
        lock (_gate)
        {
            if (segment.IsLive)
            {
                segment.Damage ??= damage;
            }

            return segment.IsLive;
        }
    }

    public void Remove(Segment segment)
    {
        lock (_gate)
        {
            segment.IsRemoved = true;
            _segments.Remove(segment);
        }

        Changed.Send();
    }
}
