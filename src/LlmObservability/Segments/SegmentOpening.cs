namespace LlmObservability.Segments;

/// <summary>Reads what a directory holds, and brings it into the state that readers and writers count on.</summary>
internal sealed class SegmentOpening(ISegmentFiles files, SegmentState state, SegmentQuarantine quarantine, Action<SegmentEvent> report)
{
    // Of a million openings: no damaged name uses up the room for positions.
    private const long CredibleDistance = SegmentFormat.Leap << 20;

    private readonly List<SegmentName> _names = [];
    private readonly List<(SegmentName Name, SegmentHeader? Header, long Length)> _found = [];

    public Guid LogId { get; private set; }

    /// <summary>Valid segments in their order; where each ends is known.</summary>
    public List<Segment> Segments { get; } = [];

    /// <summary>Where reading starts: with the oldest record, when the state does not tell.</summary>
    public long Start => state.LogId == Guid.Empty && Segments.Count > 0 ? Segments[0].Header.Continues : state.Start;

    /// <summary>No position up to this one may be given out again.</summary>
    public long Floor { get; private set; }

    public void Run()
    {
        List();
        var newest = _found.FindLast(file => file.Header?.Name == file.Name).Header;
        LogId = state.LogId != Guid.Empty ? state.LogId : newest?.LogId ?? Guid.NewGuid();
        foreach (var (name, header, length) in _found)
        {
            if (header is not null && header.Name == name && header.LogId == LogId)
            {
                Segments.Add(new Segment(header, length));
            }
            else
            {
                PutAside(name, header, length);
            }
        }

        FindEnds();
        FindFloor();
    }

    private void List()
    {
        Span<byte> bytes = stackalloc byte[SegmentHeader.MaxBytes];
        foreach (var file in files.List())
        {
            if (!SegmentName.TryParse(file, out var name, out var quarantined))
            {
                continue;
            }

            _names.Add(name);
            using var content = files.Open(file);
            if (quarantined)
            {
                quarantine.Add(new SegmentAside(file, content.Length));
                continue;
            }

            var header = SegmentHeader.Read(bytes[..content.Read(bytes, 0)], out var version);
            if (version > SegmentFormat.Version)
            {
                throw new SegmentVersionException(files.Location, file, version);
            }

            _found.Add((name, header, content.Length));
        }

        _found.Sort(static (left, right) => left.Name.Sequence.CompareTo(right.Name.Sequence));
    }

    private void PutAside(SegmentName name, SegmentHeader? header, long length)
    {
        if (IsUnfinished(header, length))
        {
            files.Delete(name.ToString());
            report(new SegmentEvent.Cut(name.ToString(), name.First, length));
            return;
        }

        var aside = quarantine.PutAside(name, length);
        report(new SegmentEvent.Quarantined(name.ToString(), aside, name.First, 0, length));
    }

    // Its creation did not come to its end: no record was ever in it, and the one before may be torn.
    private static bool IsUnfinished(SegmentHeader? header, long length) => header is null && length <= SegmentFormat.HeaderBytes;

    private void FindFloor()
    {
        Floor = Math.Max(state.Floor, state.Start - 1);
        foreach (var segment in Segments)
        {
            Floor = Math.Max(Floor, Math.Max(segment.First, segment.End));
        }

        // Names of what cannot be read tell of positions too, unless they are made up.
        var credible = Floor + CredibleDistance;
        Floor = _names.Where(name => name.First <= credible).Aggregate(Floor, (floor, name) => Math.Max(floor, name.First));
    }

    private void FindEnds()
    {
        for (var i = 0; i < Segments.Count - 1; i++)
        {
            var (segment, successor) = (Segments[i], Segments[i + 1]);
            if (successor.Sequence != segment.Sequence + 1)
            {
                SegmentRecovery.FindEnd(files, segment);
                segment.End = Math.Min(segment.End, successor.Header.Continues);
            }
            else
            {
                segment.End = successor.Header.Continues;
            }
        }

        if (Segments.Count == 0)
        {
            return;
        }

        var last = Segments[^1];
        if (_found.Exists(file => file.Name.Sequence > last.Sequence && !IsUnfinished(file.Header, file.Length)))
        {
            // It had a successor with records, so it was complete: what is not valid in it is damage.
            SegmentRecovery.FindEnd(files, last);
            return;
        }

        if (SegmentRecovery.Recover(files, last) is > 0 and var cut)
        {
            report(new SegmentEvent.Cut(last.File, Math.Max(last.End, last.First), cut));
        }
    }
}
