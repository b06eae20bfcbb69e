namespace LlmObservability.Segments;

/// <summary>
/// Reads a log in order from a position on, and follows its writer. Checks everything it yields; goes past damage and gaps
/// and reports them. For one thread at a time; any number of readers at once.
/// </summary>
internal sealed class SegmentReader : IDisposable
{
    private readonly SegmentDirectory _directory;
    private readonly SegmentCatalog _catalog;
    private readonly bool _onlyToEnds;
    private Segment? _segment;
    private SegmentCursor? _cursor;
    private long _sequence = -1;
    private long _next;

    internal SegmentReader(SegmentDirectory directory, long from, bool onlyToEnds)
    {
        _onlyToEnds = onlyToEnds;
        _directory = directory;
        _catalog = directory.Catalog;
        _next = Math.Max(from, directory.Start);
    }

    /// <summary>Every record below this position was yielded, passed, or told as missing.</summary>
    public long Next => _next;

    /// <summary>Goes to the next record, as far as the log is written.</summary>
    /// <param name="record">The record; its payload is valid until the next call.</param>
    /// <returns>False when there is none yet.</returns>
    /// <exception cref="IOException">The file cannot be read. It can be tried again, or left with <see cref="SkipSegment"/>.</exception>
    public bool TryRead(out SegmentRecord record)
    {
        record = default;
        while (_cursor is not null || TryEnter())
        {
            var segment = _segment!;
            if (segment.IsRemoved)
            {
                Leave();
                continue;
            }

            var length = segment.Length;
            var step = _cursor!.Step(length);
            if (step == CursorStep.Record)
            {
                // Before: copies of what an earlier segment gave already.
                if (_cursor.Position >= _next && !(_onlyToEnds && _cursor.Position >= segment.End))
                {
                    _next = _cursor.Position + 1;
                    record = new SegmentRecord(_cursor.Position, _cursor.Kind, _cursor.Payload);
                    return true;
                }
            }
            else if (length == segment.Length && !(step == CursorStep.End ? TryPass(segment) : TryPassDamage(segment, _cursor)))
            {
                return false;
            }
        }

        return false;
    }

    /// <summary>Waits until <see cref="TryRead"/> has something to do.</summary>
    public async Task WaitToReadAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            var changed = _catalog.Changed.Next();
            if (CanGoOn())
            {
                return;
            }

            await changed.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Gives up what remains of the current segment, which cannot be read, or the next one, which cannot be opened. Its file stays until it is acknowledged.</summary>
    public void SkipSegment()
    {
        if (_segment is { } segment)
        {
            // One that is being written is left by its writer, so that what follows can be read.
            _catalog.TryNoteDamage(segment, new SegmentDamage(_cursor!.Offset, _cursor.Next));
        }
        else if (_catalog.After(_sequence, _next) is { } closed)
        {
            _sequence = closed.Sequence;
        }

        Leave();
    }

    public void Dispose() => Leave();

    private bool CanGoOn() =>
        _segment is not { } segment
            ? _catalog.After(_sequence, _next) is not null
            : segment.IsRemoved || _catalog.After(_sequence) is not null || (segment.Damage is null && _cursor!.Offset < segment.Length);

    private bool TryEnter()
    {
        while (_catalog.After(_sequence, _next) is { } segment)
        {
            ISegmentFile file;
            try
            {
                file = _directory.Open(segment);
            }
            catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
            {
                _directory.Missing(segment);
                continue;
            }

            _sequence = segment.Sequence;
            _segment = segment;
            _cursor = new SegmentCursor(file, _directory.Seed, segment.First);
            // Whoever asked for an older record than there is need not be told of those that were acknowledged.
            _next = Math.Max(_next, _directory.Start);
            if (_next < segment.Header.Continues)
            {
                _directory.Report(new SegmentEvent.Gap(_next, segment.Header.Continues));
            }

            _next = Math.Max(_next, segment.First);
            return true;
        }

        return false;
    }

    /// <summary>Goes on to the successor once nothing more will come.</summary>
    private bool TryPass(Segment segment)
    {
        if (_catalog.After(_sequence) is null)
        {
            return false;
        }

        // It may have grown between the look at its length and the look at its successor.
        if (_cursor!.Offset >= segment.Length)
        {
            Leave();
        }

        return true;
    }

    private bool TryPassDamage(Segment segment, SegmentCursor cursor)
    {
        // Beyond the place where the successor took over nothing is judged.
        if (_catalog.After(_sequence) is { } successor && cursor.Next >= successor.Header.Continues)
        {
            Leave();
            return true;
        }

        return _directory.PutAside(segment, new SegmentDamage(cursor.Offset, cursor.Next));
    }

    private void Leave()
    {
        _cursor?.Dispose();
        _cursor = null;
        _segment = null;
    }
}
