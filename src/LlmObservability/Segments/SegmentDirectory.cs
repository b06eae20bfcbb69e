namespace LlmObservability.Segments;

/// <summary>
/// A log that is open in this process: one writer at a time, any number of readers, and where reading starts. FORMAT.md
/// says what it promises. Thread-safe. Members that reach the disk block, and throw <see cref="IOException"/> or
/// <see cref="UnauthorizedAccessException"/> when it refuses; the log stays usable then.
/// </summary>
internal sealed class SegmentDirectory : IDisposable
{
    private readonly object _maintenance = new();
    private readonly ISegmentFiles _files;
    private readonly TimeProvider _time;
    private readonly Action<SegmentEvent> _report;
    private readonly IDisposable _lock;
    private readonly SegmentState _state;
    private readonly SegmentQuarantine _quarantine;
    private uint _lastSequence;
    private long _floor;
    private long _end;
    private long _start;
    private bool _isWriting;

    private SegmentDirectory(
        ISegmentFiles files,
        SegmentOptions options,
        TimeProvider time,
        Action<SegmentEvent> report,
        IDisposable held,
        SegmentState state,
        SegmentQuarantine quarantine,
        SegmentOpening opened)
    {
        _files = files;
        Options = options;
        _time = time;
        _report = report;
        _lock = held;
        _state = state;
        _quarantine = quarantine;
        _floor = opened.Floor;
        _start = opened.Start;
        LogId = opened.LogId;
        Seed = SegmentFormat.Seed(LogId);
        foreach (var segment in opened.Segments)
        {
            _lastSequence = segment.Sequence;
            _end = Math.Max(_end, segment.End);
            Catalog.Add(segment);
        }
    }

    /// <summary>Names this log for good: drawn when its directory was empty.</summary>
    public Guid LogId { get; }

    public SegmentOptions Options { get; }

    /// <summary>The first position that is still needed.</summary>
    public long Start => Interlocked.Read(ref _start);

    public SegmentCatalog Catalog { get; } = new();

    /// <summary>The checksums' state after the log's id.</summary>
    public uint Seed { get; }

    /// <summary>Bytes that may still be written to the file system.</summary>
    public long FreeBytes => _files.FreeBytes;

    /// <summary>Opens a log, makes it if need be, and cuts a torn tail.</summary>
    /// <param name="files">The directory.</param>
    /// <param name="options">How it is written.</param>
    /// <param name="time">The clock of segments' ages.</param>
    /// <param name="report">Told what goes wrong, from any thread, with locks held: it must return soon, not call back, and not throw.</param>
    /// <exception cref="SegmentsLockedException">Somebody else has it open.</exception>
    /// <exception cref="SegmentVersionException">A later version wrote it.</exception>
    public static SegmentDirectory Open(ISegmentFiles files, SegmentOptions options, TimeProvider time, Action<SegmentEvent> report)
    {
        var held = files.Lock();
        SegmentState? state = null;
        try
        {
            var names = files.List();
            state = SegmentState.Open(files, names.Contains(SegmentState.Name));
            if (state.LogId == Guid.Empty && names.Any(name => SegmentName.TryParse(name, out _, out _)))
            {
                report(new SegmentEvent.StateLost());
            }

            var quarantine = new SegmentQuarantine(files);
            var opening = new SegmentOpening(files, state, quarantine, report);
            opening.Run();
            return new SegmentDirectory(files, options, time, report, held, state, quarantine, opening);
        }
        catch
        {
            state?.Dispose();
            held.Dispose();
            throw;
        }
    }

    /// <summary>Begins to write, at a position that was never given out. One writer at a time.</summary>
    public SegmentWriter OpenWriter()
    {
        lock (_maintenance)
        {
            if (_isWriting)
            {
                throw new InvalidOperationException($"The log in '{_files.Location}' has a writer already; dispose it first.");
            }

            var first = _floor == 0 ? 1 : _floor + SegmentFormat.Leap;
            if (first > SegmentFormat.MaxPosition)
            {
                throw new IOException($"The log in '{_files.Location}' has no positions left: empty its directory.");
            }

            var segments = Catalog.Snapshot();
            if (segments.Length > 0)
            {
                SegmentRecovery.Complete(_files, segments[^1]);
            }

            var tail = Begin(first, Math.Max(_end, Start));
            try
            {
                KeepFloor(first);
            }
            catch
            {
                tail.Dispose();
                TryDelete(tail.Segment);
                throw;
            }

            tail.Segment.IsLive = true;
            Catalog.Add(tail.Segment);
            _isWriting = true;
            foreach (var empty in segments.Where(segment => segment.IsEmpty))
            {
                TryDelete(empty);
            }

            return new SegmentWriter(this, tail, _time);
        }
    }

    /// <summary>Reads from a position on, or from <see cref="Start"/> when that is later.</summary>
    /// <param name="from">The position.</param>
    /// <param name="onlyToEnds">
    /// Leaves out what was superseded: nobody knows whether the disk has it, and a loss of power may yet take it. Else it is read where the successor lacks it.
    /// </param>
    public SegmentReader OpenReader(long from = 1, bool onlyToEnds = false) => new(this, from, onlyToEnds);

    /// <summary>Says that records up to this position are not needed any more. Costs nothing; <see cref="Save"/> makes it last.</summary>
    public void Acknowledge(long through)
    {
        var start = Interlocked.Read(ref _start);
        while (through >= start)
        {
            var seen = Interlocked.CompareExchange(ref _start, through + 1, start);
            if (seen == start)
            {
                return;
            }

            start = seen;
        }
    }

    /// <summary>Puts on disk what was acknowledged, and deletes segments that hold nothing else. One flush to disk, none when nothing changed.</summary>
    public void Save()
    {
        lock (_maintenance)
        {
            SaveStart(Start);
            var deleted = false;
            foreach (var segment in Catalog.Snapshot())
            {
                if (!segment.IsLive && segment.End <= _state.Start)
                {
                    TryDelete(segment);
                    deleted = true;
                }
            }

            if (deleted)
            {
                _files.FlushDirectory();
            }
        }
    }

    /// <summary>Applies the bounds: what is in quarantine goes first, then whole segments, oldest first; never the one being written.</summary>
    /// <param name="maxBytes">Bytes that may stay.</param>
    /// <param name="maxAge">A segment goes when everything in it is older; <see cref="TimeSpan.MaxValue"/> for no bound.</param>
    /// <param name="before">A segment goes when all its positions are below this one.</param>
    public SegmentTrim Trim(long maxBytes, TimeSpan maxAge, long before = 0)
    {
        lock (_maintenance)
        {
            var segments = Catalog.Snapshot();
            var bytes = segments.Sum(segment => segment.Length) + _quarantine.Bytes;
            var freed = 0L;
            while (_quarantine.Count > 0 && bytes - freed > maxBytes)
            {
                freed += _quarantine.DeleteOldest();
            }

            var now = _time.GetUtcNow();
            var (count, start, until) = (0, Start, Start);
            var (records, unacknowledged) = (0L, 0L);
            while (count < segments.Length - 1 && !segments[count].IsLive &&
                (bytes - freed > maxBytes || segments[count].End <= before || now - segments[count + 1].Header.Created > maxAge))
            {
                var segment = segments[count++];
                freed += segment.Length;
                records += Math.Max(0, segment.End - segment.First);
                unacknowledged += Math.Max(0, segment.End - Math.Max(segment.First, start));
                until = Math.Max(until, segment.End);
            }

            if (count > 0)
            {
                // First on disk, then for readers: when the disk refuses, nothing was dropped.
                SaveStart(until);
                Acknowledge(until - 1);
                foreach (var segment in segments.AsSpan(0, count))
                {
                    TryDelete(segment);
                }

                // What is in quarantine is not kept longer than its neighbours.
                for (var aside = _quarantine.DeleteOldest(segments[count].File); aside > 0; aside = _quarantine.DeleteOldest(segments[count].File))
                {
                    freed += aside;
                }

                _files.FlushDirectory();
            }

            return new SegmentTrim(count, records, unacknowledged, freed);
        }
    }

    /// <summary>What it holds. Waits for nobody, also while the disk hangs.</summary>
    public SegmentUsage Usage()
    {
        var segments = Catalog.Snapshot();
        var start = Start;
        return new SegmentUsage(
            segments.Length,
            segments.Sum(segment => segment.Length),
            segments.Sum(segment => Math.Max(0, segment.End - Math.Max(segment.First, start))),
            _quarantine.Count,
            _quarantine.Bytes,
            Array.Find(segments, segment => !segment.IsEmpty && segment.End > start)?.Header.Created);
    }

    /// <summary>Lets go of the directory. The writer and the readers must be disposed before.</summary>
    public void Dispose()
    {
        _state.Dispose();
        _lock.Dispose();
    }

    internal void Report(SegmentEvent happened) => _report(happened);

    internal ISegmentFile Open(Segment segment) => _files.Open(segment.File);

    /// <summary>Begins a segment after one that is left, and deals with what is known of that.</summary>
    internal SegmentTail Succeed(SegmentTail left, long first)
    {
        SegmentTail tail;
        lock (_maintenance)
        {
            // Where the first one left was empty, its leap is still to be told.
            tail = Begin(first, first == left.Segment.First ? left.Segment.Header.Continues : first);
            if (first > _floor + (SegmentFormat.Leap / 2))
            {
                KeepFloor(first);
            }
        }

        Catalog.Replace(left.Segment, tail.Segment);
        left.Dispose();
        var ended = left.Segment;
        if (ended.Damage is { } damage && damage.Position < ended.End)
        {
            PutAside(ended, damage);
        }
        else if (ended.IsEmpty)
        {
            TryDelete(ended);
        }

        return tail;
    }

    internal void EndWriting(SegmentTail tail)
    {
        Catalog.End(tail.Segment);
        tail.Dispose();
        lock (_maintenance)
        {
            _end = Math.Max(_end, tail.Segment.End);
            _isWriting = false;
        }
    }

    /// <summary>Puts aside what stands beyond damage.</summary>
    /// <returns>False while the segment is being written: its writer will see to it.</returns>
    internal bool PutAside(Segment segment, SegmentDamage damage)
    {
        lock (_maintenance)
        {
            if (segment.IsRemoved || segment.Length <= damage.Offset)
            {
                return true;
            }

            if (Catalog.TryNoteDamage(segment, damage))
            {
                return false;
            }

            var bytes = segment.Length - damage.Offset;
            var readable = damage.Position - segment.First;
            // Readers stop ahead of the damage from here on, before the file changes under them.
            segment.Length = damage.Offset;
            segment.End = Math.Min(segment.End, readable == 0 ? segment.Header.Continues : damage.Position);
            var aside = _quarantine.TryPutAside(segment.Header.Name, damage.Offset, damage.Offset + bytes, readable > 0);
            if (readable == 0)
            {
                Catalog.Remove(segment);
            }

            _report(new SegmentEvent.Quarantined(segment.File, aside, damage.Position, readable, bytes));
            return true;
        }
    }

    /// <summary>Takes a segment whose file is gone out of the log.</summary>
    internal void Missing(Segment segment)
    {
        if (!Catalog.TryNoteDamage(segment, new SegmentDamage(SegmentFormat.HeaderBytes, segment.First)))
        {
            Catalog.Remove(segment);
        }
    }

    private SegmentTail Begin(long first, long continues)
    {
        var name = new SegmentName(checked(++_lastSequence), first);
        return SegmentTail.Begin(_files, new SegmentHeader(LogId, name, continues, _time.GetUtcNow()));
    }

    private void KeepFloor(long floor)
    {
        _state.Save(LogId, Start, floor);
        _floor = floor;
    }

    private void SaveStart(long start)
    {
        if (_state.Start < start)
        {
            _state.Save(LogId, start, _floor);
        }
    }

    // One that stays behind holds nothing that counts; the next opening tries again.
    private void TryDelete(Segment segment)
    {
        Catalog.Remove(segment);
        try
        {
            _files.Delete(segment.File);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // Whatever it holds was acknowledged, dropped, or written again.
        }
    }
}
